import { Secret } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { createPseudonyms } from "./pseudonym.ts";
import { scrub } from "./scrub.ts";
import { truncateIp } from "./truncate-ip.ts";

const pseudonyms = createPseudonyms(new Secret("k".repeat(32)));
const token = pseudonyms.tokenOf;
const jane = pseudonyms.emailTokenOf("jane@example.com");
const bob = pseudonyms.emailTokenOf("bob.o'neil+x@mail.example.org");

function scrubbed(text: string): { after: string; found: string[] } {
  const found: string[] = [];
  const after = scrub(text, {
    pseudonyms,
    truncate: (address) => truncateIp(address, { ipv4: 24, ipv6: 48 }),
    replace(text, replacement) {
      found.push(text);
      return replacement;
    },
  });
  return { after, found };
}

test.for<[before: string, after: string]>([
  // E-mail addresses
  ["jane@example.com", jane],
  ["Wrong email or password for JANE@example.com.", `Wrong email or password for ${jane}.`],
  ["'jane@example.com' <jane@example.com>, (jane@example.com)", `'${jane}' <${jane}>, (${jane})`],
  ["to bob.o'neil+x@mail.example.org; jane@example.com", `to ${bob}; ${jane}`],
  ["mailto:jane@example.com?cc=jane@example.com", `mailto:${jane}?cc=${jane}`],
  ['{"email":"jane@example.com"}', `{"email":"${jane}"}`],
  [String.raw`{\"email\":\"jane@example.com\"}`, String.raw`{\"email\":\"${jane}\"}`],
  [
    "https://x.example/?q=email%3Ajane%40example.com&n=1",
    `https://x.example/?q=email%3A${encodeURIComponent(jane)}&n=1`,
  ],
  ["bob.o'neil%2Bx%40mail.example.org", encodeURIComponent(bob)],
  ["…jane@example.com…", `…${jane}…`],
  // User ids
  ["auth0|65a1f0c2", token("auth0|65a1f0c2")],
  ["User google-oauth2|1234 was blocked.", `User ${token("google-oauth2|1234")} was blocked.`],
  ["id=samlp|acme|jane@example.com.", `id=${token("samlp|acme|jane@example.com")}.`],
  ["/api/v2/users/auth0%7C65a1f0c2/roles", `/api/v2/users/${token("auth0|65a1f0c2")}/roles`],
  ["?user_id=samlp%7Cacme%7Cjane%40example.com&x", `?user_id=${token("samlp|acme|jane@example.com")}&x`],
  ["redirect%3Fuser%3Dauth0%7C65a1f0c2", `redirect%3Fuser%3D${token("auth0|65a1f0c2")}`],
  // Whoever stands in a path
  ["/api/v2/users/65a1f0c2?fields=name", `/api/v2/users/${token("65a1f0c2")}?fields=name`],
  ["/scim/v2/connections/con_1/Users/ab.cd", `/scim/v2/connections/con_1/Users/${token("ab.cd")}`],
  ["/api/v2/users/jane%40example.com", `/api/v2/users/${encodeURIComponent(jane)}`],
  // IP addresses
  ["from 203.0.113.24", "from 203.0.113.0"],
  ["203.0.113.24:443, 198.51.100.7.", "203.0.113.0:443, 198.51.100.0."],
  ["ip=203.0.113.24&x", "ip=203.0.113.0&x"],
  ["ip:203.0.113.24", "ip:203.0.113.0"],
  ["ip%3A203.0.113.24", "ip%3A203.0.113.0"],
  ["from 2001:db8:1:2::3: refused", "from 2001:db8:1::: refused"],
  ["[2001:db8:1:2::3]:443", "[2001:db8:1::]:443"],
  ["::ffff:203.0.113.24", "::ffff:203.0.113.0"],
  ["fe80::1%eth0", "fe80::%eth0"],
  ["/api/v2/anomaly/blocks/ips/203.0.113.24", "/api/v2/anomaly/blocks/ips/203.0.113.0"],
])("%s becomes %s", ([before, after]) => {
  expect(scrubbed(before).after).toBe(after);
});

test.for([
  "",
  "Successful login",
  "Chrome 144.0.0 / Mac OS X 10.15.7",
  "2026-03-02T09:14:07.112Z and 09:14:07",
  "https://acme.eu.auth0.com/api/v2/",
  "openid profile email offline_access",
  "read:logs update:clients std::vector a:b:c",
  "769,47-53-5,0-10-11,23-24-25,0",
  "auth0-spa-js@2.4.1 and m3Rk9VtQ@clients and jane@localhost",
  "a || b, x | y",
  "00:1b:44:11:3a:b7",
  "203.0.113.256 and 1.2.3 and 1203.0.113.24",
  "100% @ 50%",
])("'%s' stays", (text) => {
  expect(scrubbed(text)).toEqual({ after: text, found: [] });
});

test("tells what it found, decoded", () => {
  expect(scrubbed("/users/auth0%7C1 jane%40example.com 203.0.113.24 a|b").found).toEqual([
    "auth0|1",
    "jane@example.com",
    "203.0.113.24",
    "a|b",
  ]);
});

test("a text that cannot be decoded is found as it stands", () => {
  expect(scrubbed("auth0|100%zz").after).toBe(token("auth0|100%zz"));
});

test("puts in what it is told to", () => {
  const after = scrub("for jane@example.com", { pseudonyms, truncate: String, replace: () => "[redacted]" });
  expect(after).toBe("for [redacted]");
});

test.for([
  ...[
    "a",
    "a.",
    "a-",
    "%2B",
    "%41",
    "@",
    "a@",
    "a@b.",
    ".b",
    "|",
    "a|",
    "a%7C",
    ":",
    "f:",
    "1.",
    "1.1.1.1.",
    "::1",
  ],
  ...["/users/", "'", "a'", "\\n", "\\u0041", " "],
])("is done with a hundred thousand times '%s' as quickly as with ten times as many tenths", (unit) => {
  const long = unit.repeat(100_000);
  expect(
    scrub(long, { pseudonyms: { tokenOf: String, emailTokenOf: String }, truncate: String, replace: String }),
  ).toHaveLength(long.length);
});
