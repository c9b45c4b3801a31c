import { inspect } from "node:util";
import { expect, test } from "vitest";
import { auth0Pii } from "./auth0-pii.ts";
import { redactConfig } from "./config.ts";
import { parsePath } from "./path.ts";

const key = "k".repeat(32);

test("paths, attributes and an action become rules", () => {
  const { rules } = redactConfig.parse({
    rules: [
      { path: "ip", action: "truncate_ip" },
      { paths: ["a.*", "**.b"], attributes: "user.name, user.*", action: "mask" },
      { path: "c", paths: ["d"], attributes: ["x"], action: "keep" },
    ],
  });
  expect(rules).toEqual([
    { paths: [parsePath("ip")], attributes: [], action: "truncate_ip" },
    { paths: ["a.*", "**.b"].map(parsePath), attributes: ["user.name", "user.*"], action: "mask" },
    { paths: ["c", "d"].map(parsePath), attributes: ["x"], action: "keep" },
  ]);
});

test("the rules of the preset come after the user's", () => {
  const own = { path: "user_name", action: "keep" } as const;
  const { rules } = redactConfig.parse({ preset: "auth0_pii", hmac_key: key, rules: [own] });
  expect(rules).toHaveLength(1 + auth0Pii.length);
  expect(rules[0]?.action).toBe("keep");
  expect(rules.slice(1).map(({ action }) => action)).toEqual(auth0Pii.map(({ action }) => action));
});

test("without further settings the defaults hold", () => {
  expect(redactConfig.parse({ rules: [{ path: "a", action: "mask" }] })).toMatchObject({
    everywhere: true,
    hmacKey: undefined,
    prefixBits: { ipv4: 24, ipv6: 48 },
  });
});

test("the key is never printed", () => {
  const config = redactConfig.parse({ preset: "auth0_pii", hmac_key: "a-very-secret-key-of-32-letters!!" });
  expect(config.hmacKey?.reveal()).toBe("a-very-secret-key-of-32-letters!!");
  expect(`${JSON.stringify(config)}${inspect(config, { depth: 9 })}`).not.toContain("very-secret");
});

function problems(settings: object): string[] {
  const { error } = redactConfig.safeParse(settings);
  return (error?.issues ?? []).map(({ path, message }) => [...path, message].join(" "));
}

const rules = (...rules: object[]) => ({ rules });
const keyRemedy = "`openssl rand -base64 32` makes a good one, to be set as hmac_key: ${env:REDACT_KEY}";
const identityReason =
  "with log_id, _id, type and date a record is known, and they are also in its attributes, its name and its time; leave it out";

test.for<[settings: object, problem: string | RegExp]>([
  [{}, "redacts nothing; set preset: auth0_pii, or rules"],
  [{ rules: [] }, "redacts nothing; set preset: auth0_pii, or rules"],
  [{ preset: "auth0" }, /^preset .*"auth0_pii"/],
  [{ preset: "auth0_pii" }, `needs hmac_key for the pseudonyms of preset: auth0_pii; ${keyRemedy}`],
  [
    rules({ path: "a", action: "mask" }, { path: "a", action: "hash_email" }),
    `needs hmac_key for the pseudonyms of action: hash_email; ${keyRemedy}`,
  ],
  [
    rules({ path: "a", action: "pseudonymize" }),
    /^needs hmac_key for the pseudonyms of action: pseudonymize;/,
  ],
  [rules({ path: "a", action: "scrub" }), /^needs hmac_key for the pseudonyms of action: scrub;/],
  [
    { preset: "auth0_pii", hmac_key: "short and secret" },
    "hmac_key must be a text of at least 32 characters; `openssl rand -base64 32` makes a good one",
  ],
  [{ preset: "auth0_pii", hmac_key: 12345 }, /^hmac_key must be a text of at least 32 characters;/],
  [rules({ action: "mask" }), "rules 0 names nothing; give it a path, paths or attributes"],
  [
    rules({ paths: [], attributes: [], action: "mask" }),
    "rules 0 names nothing; give it a path, paths or attributes",
  ],
  [rules({ path: "a" }), /^rules 0 action /],
  [rules({ path: "a", action: "delete" }), /^rules 0 action .*"remove"\|"mask"/],
  [rules({ path: "a", action: "mask", attribute: "x" }), /^rules 0 .*"attribute"/],
  [rules({ path: 3, action: "mask" }), "rules 0 path must be a path such as details.prompts.*.user_name"],
  [
    rules({ path: "a..b", action: "mask" }),
    "rules 0 path must have a key on both sides of each dot, found a..b",
  ],
  [
    rules({ paths: ["a", "b[0]"], action: "mask" }),
    "rules 0 paths 1 must name items of a list by dots, as in prompts.*.user_name, found b[0]",
  ],
  [rules({ path: "log_id", action: "mask" }), `rules 0 path must not name log_id: ${identityReason}`],
  [rules({ path: '"_id"', action: "remove" }), `rules 0 path must not name _id: ${identityReason}`],
  [rules({ paths: ["type"], action: "mask" }), `rules 0 paths 0 must not name type: ${identityReason}`],
  [rules({ path: "date", action: "keep" }), `rules 0 path must not name date: ${identityReason}`],
  [
    rules({ attributes: ["user.*", "log.record.uid"], action: "mask" }),
    "rules 0 attributes must not name log.record.uid, which says what the record is, not whom it is about; leave it out",
  ],
  [rules({ attributes: "auth0.type", action: "mask" }), /^rules 0 attributes must not name auth0.type,/],
  [
    { preset: "auth0_pii", hmac_key: key, ipv4_prefix: 32 },
    /^ipv4_prefix must be a whole number from 0 to 31/,
  ],
  [
    { preset: "auth0_pii", hmac_key: key, ipv6_prefix: -1 },
    /^ipv6_prefix must be a whole number from 0 to 127/,
  ],
  [{ preset: "auth0_pii", hmac_key: key, everywhere: "yes" }, /^everywhere /],
])("%o: %s", ([settings, problem]) => {
  expect(problems(settings)).toEqual([
    typeof problem === "string" ? problem : expect.stringMatching(problem),
  ]);
});

test.for(["details.type", "details.log_id", "*", "**", "**.type", "auth0"])("%s may be named", (path) => {
  expect(problems(rules({ path, action: "mask" }))).toEqual([]);
});
