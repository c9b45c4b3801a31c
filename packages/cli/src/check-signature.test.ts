import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { checkSignature, keyOf } from "./check-signature.ts";

// The example that the libraries of Standard Webhooks test themselves with.
const example = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  body: Buffer.from('{"test": 2432232314}'),
  headers: {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
};
const sentAt = 1_614_265_330_000;
const signature = example.headers["webhook-signature"];

function keysOf(...secrets: string[]): Buffer[] {
  return secrets.map((secret) => keyOf(secret) ?? expect.fail("no key"));
}

const keys = keysOf(example.secret);
const otherSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function check(
  headers: Record<string, string>,
  options: { now?: number; keys?: Buffer[]; body?: Buffer } = {},
) {
  const { body = example.body, now = sentAt } = options;
  return checkSignature({ ...example.headers, ...headers }, [body], { keys: options.keys ?? keys, now });
}

test("a signature that another implementation made is valid", () => {
  expect(check({})).toEqual({ verdict: "valid" });
});

test.for([
  {
    what: "one of several signatures",
    headers: { "webhook-signature": `v1a,xyz v1,AAAA ${signature}` },
    secrets: [],
  },
  { what: "a secret that is one of several", headers: {}, secrets: [otherSecret] },
])("$what is enough", ({ headers, secrets }) => {
  expect(check(headers, { keys: keysOf(...secrets, example.secret) })).toEqual({ verdict: "valid" });
});

test.for([
  { what: "another body", options: { body: Buffer.from('{"test": 2432232315}') }, reason: /another secret/ },
  { what: "another secret", options: { keys: keysOf(otherSecret) }, reason: /another secret/ },
  { what: "another id", headers: { "webhook-id": "msg_1" }, reason: /another secret/ },
  { what: "no id", headers: { "webhook-id": "" }, reason: /no webhook-id/ },
  { what: "no timestamp", headers: { "webhook-timestamp": "" }, reason: /not a number of seconds/ },
  {
    what: "a date as timestamp",
    headers: { "webhook-timestamp": "2021-02-25" },
    reason: /not a number of seconds/,
  },
  {
    what: "a signature of another scheme",
    headers: { "webhook-signature": "v1a,abc" },
    reason: /no v1 signature/,
  },
  {
    what: "a signature of another length",
    headers: { "webhook-signature": "v1,abc" },
    reason: /another secret/,
  },
])("with $what it is invalid", ({ headers = {}, options, reason }) => {
  expect(check(headers, options)).toEqual({ verdict: "invalid", reason: expect.stringMatching(reason) });
});

test("without a signature it is missing", () => {
  expect(check({ "webhook-signature": "" })).toEqual({ verdict: "missing" });
});

test.for([
  { ageMs: 300_000, verdict: "valid" },
  { ageMs: -300_000, verdict: "valid" },
  {
    ageMs: 301_000,
    verdict: "invalid",
    reason: "webhook-timestamp is 5 min 1 s in the past, and 5 min are allowed",
  },
  {
    ageMs: -301_000,
    verdict: "invalid",
    reason: "webhook-timestamp is 5 min 1 s in the future, and 5 min are allowed",
  },
])("a right signature that is $ageMs ms old is $verdict", ({ ageMs, ...expected }) => {
  expect(check({}, { now: sentAt + ageMs })).toEqual(expected);
});

test("the signature may be that of any of the bodies", () => {
  const packed = Buffer.from("packed");
  const made = createHmac("sha256", keys[0] ?? "")
    .update("i.1614265330.")
    .update(packed)
    .digest("base64");
  const headers = { ...example.headers, "webhook-id": "i", "webhook-signature": `v1,${made}` };
  expect(checkSignature(headers, [example.body, packed], { keys, now: sentAt })).toEqual({
    verdict: "valid",
  });
});

test.for([
  ["without whsec_", example.secret.slice("whsec_".length)],
  ["that is not base64", "whsec_%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"],
  ["of 23 bytes", `whsec_${Buffer.alloc(23).toString("base64")}`],
  ["of 65 bytes", `whsec_${Buffer.alloc(65).toString("base64")}`],
])("a secret %s has no key", ([, secret = ""]) => {
  expect(keyOf(secret)).toBeUndefined();
});
