import { Secret } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { createPseudonyms, emailDomain } from "./pseudonym.ts";

const key = new Secret("0123456789abcdef0123456789abcdef");
const pseudonyms = createPseudonyms(key);

/** By WebCrypto, so that it is not the same code twice. */
async function hmac(text: string): Promise<string> {
  const raw = new TextEncoder().encode(key.reveal());
  const imported = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text));
  return Buffer.from(signature).toString("hex");
}

test("a token is the beginning of the HMAC-SHA-256 of the text, with a prefix", async () => {
  for (const text of ["auth0|65a1f0c2d3e4b5a697887766", "+4915550123456", "名前", " "]) {
    expect(pseudonyms.tokenOf(text)).toBe(`hmac_${(await hmac(text)).slice(0, 20)}`);
  }
});

test("tokens stay what they are from release to release", () => {
  expect(pseudonyms.tokenOf("auth0|65a1f0c2d3e4b5a697887766")).toBe("hmac_e3c1f8229b9ce464f81c");
  expect(pseudonyms.emailTokenOf("Jane@Example.com")).toBe("hmac_e54ecd8285defd5c7a03@example.com");
});

test("another key gives other tokens", () => {
  const others = createPseudonyms(new Secret("another key of thirty-two letters"));
  expect(others.tokenOf("jane")).not.toBe(pseudonyms.tokenOf("jane"));
});

test("an e-mail address has one token, however it is written and whichever action made it", () => {
  const [token, domain] = pseudonyms.emailTokenOf("jane@example.com").split("@");
  expect(domain).toBe("example.com");
  for (const text of ["jane@example.com", "JANE@Example.COM", " Jane@example.com\n"]) {
    expect(pseudonyms.emailTokenOf(text)).toBe(`${token}@example.com`);
    expect(pseudonyms.tokenOf(text)).toBe(token);
  }
});

test("addresses in other domains, with tags, and other values in other case are different ones", () => {
  const tokens = [
    "jane@example.com",
    "jane@example.org",
    "jane+tag@example.com",
    "auth0|a",
    "auth0|A",
    "a",
    "A",
  ].map(pseudonyms.tokenOf);
  expect(new Set(tokens).size).toBe(tokens.length);
});

test("what is no e-mail address becomes a token as a whole", () => {
  for (const text of [
    "jane",
    "+4915550123456",
    "Jane <jane@example.com>",
    "jane@localhost",
    "@example.com",
  ]) {
    expect(pseudonyms.emailTokenOf(text)).toBe(pseudonyms.tokenOf(text));
    expect(pseudonyms.emailTokenOf(text)).toMatch(/^hmac_[\da-f]{20}$/);
  }
});

test("without a key there are no pseudonyms", () => {
  expect(() => createPseudonyms(undefined).tokenOf("jane")).toThrow("Pseudonyms need a key.");
});

test.for([
  ["jane@example.com", "example.com"],
  ["o'neil+a/b=c@mail.example.co.uk", "mail.example.co.uk"],
  ["first.last-x_y+z@mail.example.co.uk", "mail.example.co.uk"],
  ["jane@EXAMPLE.Com", "example.com"],
  ["jane@bücher.example", "bücher.example"],
  ["用户@例子.公司", "例子.公司"],
  ["jane@xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["jane@example", undefined],
  ["jane@example.", undefined],
  ["jane@.com", undefined],
  ["jane@exa_mple.com", undefined],
  ["jane@example.com/secret", undefined],
  ["jane@203.0.113.24", undefined],
  ["jane@[203.0.113.24]", undefined],
  ["jane@b@example.com", undefined],
  ["jane doe@example.com", undefined],
  ['"jane doe"@example.com', undefined],
  ["samlp|acme|jane@example.com", undefined],
  ["mailto:jane@example.com", undefined],
  [`${"j".repeat(320)}@example.com`, undefined],
  ["", undefined],
] as const)("the domain of %s is %s", ([text, domain]) => {
  expect(emailDomain(text)).toBe(domain);
});
