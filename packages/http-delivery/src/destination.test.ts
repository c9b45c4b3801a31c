import { expect, test } from "vitest";
import { type DestinationOptions, describeDestination } from "./destination.ts";

const options: DestinationOptions = {
  url: "https://hooks.example/a?token=query%2Fs3cret#part",
  addressKey: "endpoint",
  id: "otlp_http/backup",
  noun: "server",
  timeoutMs: 10_000,
  secrets: ["t0ken", "l0nger t0ken", "key", 'quo"ted', ""],
};

test("names the request without query and fragment, and settings as the config does", () => {
  const destination = describeDestination(options);
  expect(destination).toMatchObject({ request: "POST https://hooks.example/a/…", noun: "server" });
  expect(destination.address).toBe("exporters.otlp_http/backup.endpoint");
  expect(destination.setting("timeout")).toBe("exporters.otlp_http/backup.timeout");
});

test.for([
  { text: "who is t0ken?", quoted: "who is [redacted]?" },
  { text: "got l0nger t0ken", quoted: "got [redacted]" },
  { text: "l0nger\r\n t0ken", quoted: "[redacted]" },
  { text: "a=l0nger%20t0ken", quoted: "a=[redacted]" },
  { text: '{"a":"quo\\"ted"}', quoted: '{"a":"[redacted]"}' },
  { text: "no such hook: /a?token=query%2Fs3cret", quoted: "no such hook: /a[redacted]" },
  { text: "query/s3cret is old", quoted: "[redacted] is old" },
  { text: "a key is missing", quoted: "a key is missing" },
  { text: "  a\r\n\tb\u001b[31m\u202e\u0000c  ", quoted: "a b [31m c" },
  { text: "", quoted: "" },
  { text: "x".repeat(300), quoted: "x".repeat(300) },
  { text: "🙂".repeat(301), quoted: `${"🙂".repeat(300)}…` },
])("quotes $text as $quoted", ({ text, quoted }) => {
  expect(describeDestination(options).quote(text)).toBe(quoted);
});

const secret = "p&<t>\"o'k /é%26";
const html = "p&amp;&lt;t&gt;&quot;o&#39;k /é%26";

test.for([
  { as: "itself", text: secret },
  { as: "HTML", text: html },
  { as: "HTML with hexadecimal numbers", text: "p&#x26;&#x3c;t&#x3E;&#x22;o&#x27;k&#x20;&#x2F;&#xe9;%26" },
  { as: "HTML as PHP writes it", text: html.replace("&#39;", "&#039;") },
  { as: "part of a URL", text: encodeURIComponent(secret) },
  { as: "part of a URL in small letters", text: encodeURIComponent(secret).toLowerCase() },
  { as: "a field of a form", text: `${new URLSearchParams([["", secret]])}`.slice(1) },
  { as: "JSON", text: JSON.stringify(secret).slice(1, -1) },
  { as: "JSON with escaped slashes", text: JSON.stringify(secret).slice(1, -1).replace("/", "\\/") },
  { as: "JSON as Go writes it", text: "p\\u0026\\u003ct\\u003E\\\"o'k /\\u00e9%26" },
  { as: "base64", text: Buffer.from(secret).toString("base64") },
  { as: "hexadecimal digits", text: Buffer.from(secret).toString("hex") },
  { as: "large hexadecimal digits", text: Buffer.from(secret).toString("hex").toUpperCase() },
  { as: "base64 for URLs", text: Buffer.from(secret).toString("base64url") },
  { as: "Latin-1", text: Buffer.from(secret, "latin1").toString() },
])("a secret written as $as is not shown", ({ text }) => {
  const { quote } = describeDestination({ ...options, secrets: [secret] });
  expect(quote(`got ${text} from you`)).toBe("got [redacted] from you");
});

test("a secret within the base64 or the hexadecimal digits of a longer text is not shown", () => {
  // A character of base64 that a secret begins or ends in has bits of other bytes, too, and is left.
  const key = "sk_live_Zm9vYmFyL+8/";
  const { quote } = describeDestination({ ...options, secrets: [key] });
  for (const before of ["", "a", "ab", "abc", "user:"]) {
    for (const after of ["", "x", "xy", '"}']) {
      const longer = Buffer.from(`${before}${key}${after}`);
      for (const encoding of ["base64", "base64url", "hex"] as const) {
        const [head = "", tail = ""] = quote(`got ${longer.toString(encoding)}!`).split("[redacted]");
        expect(head.length).toBeLessThanOrEqual("got ".length + 2 * before.length + 2);
        expect(tail.length).toBeLessThanOrEqual(2 * after.length + 4);
      }
    }
  }
});

test.for([
  { secret: "Bearer abcdef", said: "unknown token abcdef", quoted: "unknown token [redacted]" },
  { secret: `Basic ${btoa("ada:p%ss word")}`, said: "no user ada:p%ss word", quoted: "no user [redacted]" },
  { secret: `basic ${btoa("ada:p%ss word")}`, said: "not p%ss word", quoted: "not [redacted]" },
])("of $secret $said is quoted as $quoted", ({ secret, said, quoted }) => {
  expect(describeDestination({ ...options, secrets: [secret] }).quote(said)).toBe(quoted);
});

test("the password of a proxy is not shown", () => {
  const env = { HTTP_PROXY: "http://ada:p%40ssword@proxy:1", https_proxy: "https://tls:0ther@proxy:2" };
  const { quote } = describeDestination({ ...options, env });
  expect(quote(`Proxy-Authorization: Basic ${btoa("ada:p@ssword")}`)).toBe(
    "Proxy-Authorization: Basic [redacted]",
  );
  expect(quote("not p@ssword, not 0ther, not ada")).toBe("not [redacted], not [redacted], not ada");
});

test("a long answer that repeats a secret of equal letters is quoted at once", () => {
  const { quote } = describeDestination({ ...options, secrets: ["a".repeat(200)] });
  expect(quote("a".repeat(5_000_000))).toBe("[redacted]");
});

test("a secret of characters beyond the basic plane is not shown", () => {
  const { quote } = describeDestination({ ...options, secrets: ["🙂🔑🙃🗝"] });
  expect(quote("got 🙂🔑🙃🗝 from you")).toBe("got [redacted] from you");
});

test("secrets that overlap or touch are not shown", () => {
  const { quote } = describeDestination({ ...options, secrets: ["alphabeta", "betagamma", "betag"] });
  expect(quote("x alphabetagamma y")).toBe("x [redacted] y");
  expect(quote("alphabetaalphabeta")).toBe("[redacted][redacted]");
});

test("a secret within which the text was cut off is not shown, however it is written", () => {
  const { quote } = describeDestination({ ...options, secrets: [secret] });
  for (const written of [secret, html, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
    // Fewer than four characters of a secret are left as they are.
    for (let length = 25; length < written.length; length++)
      expect(quote(`unknown: ${written.slice(0, length)}`)).toBe("unknown: [redacted]");
  }
  expect(quote('unknown: p&<t>"')).toBe("unknown: [redacted]");
  expect(quote("unknown: p&<")).toBe("unknown: p&<");
});

test.for([
  { path: "/", shown: "/" },
  { path: "/auth0", shown: "/auth0" },
  { path: "/auth0/logs", shown: "/auth0/…" },
  { path: "/services/T000/B000/XXsecretXX", shown: "/services/…" },
  { path: "/0f8fad5b-d9cb-469f-a165-70867728950e", shown: "/…" },
  { path: "/k9s8d7f6g5h4j3k2l1q0w9", shown: "/…" },
])("of the path $path, which may be a credential, $shown is shown", ({ path, shown }) => {
  const { request, quote } = describeDestination({ ...options, url: `https://hooks.example${path}` });
  expect(request).toBe(`POST https://hooks.example${shown}`);
  if (path.includes("secret"))
    expect(quote(`no such hook: ${path}`)).toBe("no such hook: /services/T000/B000/[redacted]");
});
