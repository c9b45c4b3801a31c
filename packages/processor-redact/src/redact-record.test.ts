import { Secret } from "@loghook/pipeline";
import { testRecord } from "@loghook/testkit";
import { LoggerProvider, type ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import type { ActionName } from "./actions.ts";
import { redactConfig } from "./config.ts";
import { createPseudonyms } from "./pseudonym.ts";
import { createRedactRecord } from "./redact-record.ts";

const key = "k".repeat(32);
const { tokenOf, emailTokenOf } = createPseudonyms(new Secret(key));

interface Rule {
  readonly path?: string;
  readonly paths?: string[];
  readonly attributes?: string[];
  readonly action: ActionName;
}

function redactor(rules: Rule[], settings: object = {}): (record: ReadableLogRecord) => ReadableLogRecord {
  return createRedactRecord(redactConfig.parse({ rules, hmac_key: key, ...settings }));
}

type Body = ReadableLogRecord["body"];

/** What becomes of a body. */
function redactBody(body: unknown, rules: Rule[], settings: object = {}): unknown {
  return redactor(rules, settings)(testRecord(1, { body: body as Body })).body;
}

/** JSON with fields that JavaScript's own parser would change. */
const exact = JSON as typeof JSON & { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };

describe("what the actions make of a value", () => {
  const text = "Jane@Example.com";
  const token = tokenOf("jane@example.com");

  test.for<[action: ActionName, before: unknown, after: unknown]>([
    ["remove", text, undefined],
    ["mask", text, "[redacted]"],
    ["pseudonymize", text, token],
    ["hash_email", text, `${token}@example.com`],
    ["truncate_ip", text, "[redacted]"],
    ["scrub", `to ${text}!`, `to ${token}@example.com!`],
    ["keep", text, text],
    ["truncate_ip", "203.0.113.24", "203.0.113.0"],
    ["truncate_ip", " 203.0.113.24 ", "203.0.113.0"],
    ["truncate_ip", "203.0.113.24, [2001:db8::1]:443,unknown", "203.0.113.0, 2001:db8::, [redacted]"],
    ["truncate_ip", "203.0.113.24 jane", "[redacted]"],
    ["hash_email", "+4915550123", tokenOf("+4915550123")],
    // What says nothing stays.
    ["mask", "", ""],
    ["mask", null, null],
    ["pseudonymize", "", ""],
    ["truncate_ip", "", ""],
    ["remove", "", undefined],
    ["remove", null, undefined],
    // Numbers and truth values
    ["mask", 12, "[redacted]"],
    ["mask", false, "[redacted]"],
    ["pseudonymize", 12, tokenOf("12")],
    ["pseudonymize", exact.rawJSON("12345678901234567890"), tokenOf("12345678901234567890")],
    ["mask", exact.rawJSON("12345678901234567890"), "[redacted]"],
    ["hash_email", 12, tokenOf("12")],
    ["truncate_ip", 3405803800, "[redacted]"],
    ["scrub", 12, 12],
    ["remove", 12, undefined],
    // Lists item by item, objects as a whole
    ["mask", ["a", { b: 1 }, ["c", null]], ["[redacted]", "[redacted]", ["[redacted]", null]]],
    ["truncate_ip", ["203.0.113.24", "::1"], ["203.0.113.0", "::"]],
    ["mask", { "jane@example.com": 1 }, "[redacted]"],
    ["truncate_ip", { v4: "203.0.113.24" }, "[redacted]"],
    ["pseudonymize", { a: [1, "b"] }, tokenOf('{"a":[1,"b"]}')],
    ["hash_email", { a: text }, tokenOf('{"a":"Jane@Example.com"}')],
    ["remove", { a: text }, undefined],
    ["scrub", { a: [`<${text}>`], b: 1 }, { a: [`<${token}@example.com>`], b: 1 }],
  ])("%s of %o", ([action, before, after]) => {
    const expected = after === undefined ? {} : { value: after };
    expect(redactBody({ value: before }, [{ path: "value", action }])).toEqual(expected);
  });

  test("what is removed from a list makes it shorter", () => {
    const rules: Rule[] = [
      { path: "list.*.name", action: "remove" },
      { path: "names.*", action: "remove" },
    ];
    expect(redactBody({ list: [{ name: "Jane", n: 1 }, "x"], names: ["Jane", "Bob"] }, rules)).toEqual({
      list: [{ n: 1 }, "x"],
      names: [],
    });
  });

  test("** at the end leaves the keys and takes the values", () => {
    const body = { details: { a: "one", b: { c: 2, d: [true, null, ""] } } };
    expect(redactBody(body, [{ path: "details.**", action: "mask" }])).toEqual({
      details: { a: "[redacted]", b: { c: "[redacted]", d: ["[redacted]", null, ""] } },
    });
  });

  test("prefixes can be set", () => {
    const body = { ip: ["203.0.113.24", "2001:db8:ffff::1"] };
    const settings = { ipv4_prefix: 16, ipv6_prefix: 32 };
    expect(redactBody(body, [{ path: "ip", action: "truncate_ip" }], settings)).toEqual({
      ip: ["203.0.0.0", "2001:db8::"],
    });
  });
});

describe("which rule decides", () => {
  test("the first that names the value", () => {
    const rules: Rule[] = [
      { path: "user.name", action: "hash_email" },
      { path: "user.*", action: "mask" },
      { path: "**.name", action: "remove" },
    ];
    expect(redactBody({ user: { name: "first", id: "second" }, name: "third" }, rules)).toEqual({
      user: { name: tokenOf("first"), id: "[redacted]" },
    });
  });

  test("a rule for an object takes it whole, whatever others say of what is in it", () => {
    const rules: Rule[] = [
      { path: "user.plan", action: "keep" },
      { path: "user", action: "mask" },
    ];
    expect(redactBody({ user: { plan: "free" } }, rules)).toEqual({ user: "[redacted]" });
  });

  test("keep makes an exception, also from the sweep, but not for what an earlier rule names", () => {
    const rules: Rule[] = [
      { path: "details.email", action: "mask" },
      { paths: ["details", "user_id"], action: "keep" },
      { paths: ["**"], action: "mask" },
    ];
    const body = {
      user_id: "auth0|abcd",
      other: "auth0|abcd",
      details: { email: "jane@x.org", text: "jane@x.org" },
    };
    expect(redactBody(body, rules)).toEqual({
      user_id: "auth0|abcd",
      other: "[redacted]",
      details: { email: "[redacted]", text: "jane@x.org" },
    });
  });

  test("identity is out of reach of wildcards and of the sweep, deeper fields of these names are not", () => {
    const identity = { log_id: "900", _id: "900", type: "fp", date: "2026-03-02T09:14:07.112Z" };
    const body = { ...identity, copy: "900", user_name: "fp", details: { type: "fp", log_id: "901" } };
    const redact = redactor([{ paths: ["**", "*"], attributes: ["*"], action: "mask" }]);
    const record = redact(
      testRecord(1, { body, attributes: { "log.record.uid": "900", "auth0.type": "fp", x: "fp" } }),
    );
    expect(record.body).toEqual({
      ...identity,
      copy: "[redacted]",
      user_name: "[redacted]",
      details: "[redacted]",
    });
    expect(record.attributes).toEqual({ "log.record.uid": "900", "auth0.type": "fp", x: "[redacted]" });
    expect(redactBody(body, [{ path: "**", action: "mask" }])).toMatchObject({
      ...identity,
      details: { type: "[redacted]", log_id: "[redacted]" },
    });
  });
});

describe("wherever else it stands", () => {
  const email = "jane.doe@example.com";
  const rules: Rule[] = [{ path: "user_name", action: "hash_email" }];
  const after = emailTokenOf(email);

  test.for<[before: unknown, after: unknown]>([
    [email, after],
    [email.toUpperCase(), after],
    [`Wrong email or password for ${email}.`, `Wrong email or password for ${after}.`],
    [`/users/${encodeURIComponent(email)}/roles`, `/users/${encodeURIComponent(after)}/roles`],
    [JSON.stringify({ email }), JSON.stringify({ email: after })],
    [[{ deep: [email] }], [{ deep: [after] }]],
    [{ [email]: 1 }, { [after]: 1 }],
    [
      { [`user:${email}`]: 1, [email]: 2 },
      { [`user:${after}`]: 1, [after]: 2 },
    ],
    [12, 12],
    [null, null],
    ["someone@else.example", "someone@else.example"],
  ])("%o", ([before, expected]) => {
    expect(redactBody({ user_name: email, elsewhere: before }, rules)).toEqual({
      user_name: after,
      elsewhere: expected,
    });
  });

  test("in the attributes for what a path names, and in the body for what an attribute's name names", () => {
    const attributes = { "user.name": email, "auth0.description": `for ${email}`, list: [email, "x"], n: 1 };
    const byPath = redactor(rules)(testRecord(1, { body: { user_name: email }, attributes }));
    expect(byPath.attributes).toEqual({
      "user.name": after,
      "auth0.description": `for ${after}`,
      list: [after, "x"],
      n: 1,
    });
    const byName = redactor([{ attributes: ["user.name"], action: "remove" }]);
    const record = byName(testRecord(1, { body: { user_name: email }, attributes }));
    expect(record.body).toEqual({ user_name: "[redacted]" });
    expect(record.attributes).toEqual({
      "auth0.description": "for [redacted]",
      list: ["[redacted]", "x"],
      n: 1,
    });
  });

  test("numbers are not looked for, but the attributes that are copies of them go with their fields", () => {
    const body = { location_info: { latitude: 52.52, other: 52.52 }, text: "52.52" };
    const attributes = { "geo.location.lat": 52.52, "geo.location.lon": 13.4 };
    const redact = redactor([{ path: "location_info.latitude", action: "remove" }]);
    const record = redact(testRecord(1, { body, attributes }));
    expect(record.body).toEqual({ location_info: { other: 52.52 }, text: "52.52" });
    expect(record.attributes).toEqual({ "geo.location.lon": 13.4 });
  });

  test("parts that may stand alone: of user ids, lists, addresses with a port or a name", () => {
    const body = {
      user_id: "samlp|acme|jane@example.com",
      forwarded: "203.0.113.24:443, ::ffff:198.51.100.7",
      sender: "Jane Doe <doe@example.org>",
      name: " Jane Doe ",
      texts: ["jane@example.com", "203.0.113.24", "198.51.100.7 failed", "doe@example.org", "Jane Doe"],
    };
    const redact: Rule[] = [
      { paths: ["user_id", "sender", "name"], action: "pseudonymize" },
      { path: "forwarded", action: "truncate_ip" },
    ];
    expect(redactBody(body, redact)).toMatchObject({
      texts: [
        tokenOf("jane@example.com"),
        "203.0.113.0",
        "198.51.100.0 failed",
        tokenOf("doe@example.org"),
        tokenOf("Jane Doe"),
      ],
    });
  });

  test("all texts of an object that goes as a whole, and keys that are addresses or ids", () => {
    const body = {
      user: { name: "Jane Doe", mails: ["doe@example.org"], "bob@example.org": { plan: "x" }, quota: "none" },
      text: "Jane Doe, doe@example.org, bob@example.org",
      quota: 1,
    };
    for (const action of ["remove", "mask"] as const) {
      expect(redactBody(body, [{ path: "user", action }])).toMatchObject({
        text: "[redacted], [redacted], [redacted]",
        quota: 1,
      });
    }
  });

  test("in what another rule leaves: a domain, a text that is scrubbed", () => {
    const body = {
      domain: "example.com",
      user_name: email,
      name: "Jane Doe",
      text: "Jane Doe of 203.0.113.24",
    };
    const redact: Rule[] = [
      { paths: ["domain", "name"], action: "mask" },
      { path: "user_name", action: "hash_email" },
      { path: "text", action: "scrub" },
    ];
    expect(redactBody(body, redact)).toEqual({
      domain: "[redacted]",
      user_name: `${tokenOf(email)}@[redacted]`,
      name: "[redacted]",
      text: "[redacted] of 203.0.113.0",
    });
  });

  test("with what the first of several rules put in its place, and what was taken whole before what was a part", () => {
    const body = { id: `samlp|acme|${email}`, text: `for ${email}`, name: email, other: email };
    const redact: Rule[] = [
      { path: "id", action: "pseudonymize" },
      { path: "name", action: "hash_email" },
      { path: "other", action: "mask" },
      { path: "text", action: "scrub" },
    ];
    expect(redactBody(body, redact)).toMatchObject({ text: `for ${after}`, other: "[redacted]" });
  });

  test("a scrubbed text gets what another rule made of the value, however it is written", () => {
    const body = { user_name: email, text: `for ${email.toUpperCase()} and bob@x.org` };
    const redact: Rule[] = [
      { path: "user_name", action: "mask" },
      { path: "**", action: "scrub" },
    ];
    expect(redactBody(body, redact)).toEqual({
      user_name: "[redacted]",
      text: `for [redacted] and ${emailTokenOf("bob@x.org")}`,
    });
  });

  test("what says nothing is not looked for: stars, an empty text", () => {
    const body = { password: "*****", code: "*********abc", empty: "", text: "" };
    expect(redactBody(body, [{ paths: ["password", "empty"], action: "mask" }])).toEqual({
      ...body,
      password: "[redacted]",
    });
  });

  test("not with everywhere: false, but copies of a field go with it", () => {
    const body = { user_name: email, description: `for ${email}` };
    const attributes = { "user.name": email, "auth0.description": `for ${email}` };
    const record = redactor(rules, { everywhere: false })(testRecord(1, { body, attributes }));
    expect(record.body).toEqual({ ...body, user_name: after });
    expect(record.attributes).toEqual({ ...attributes, "user.name": after });
  });
});

describe("what stays", () => {
  test("the very record, where nothing is to be redacted", () => {
    const record = testRecord(1, { body: { user_name: "", ip: null, details: { ip: "10.0.0.0" } } });
    const redact = redactor([
      { paths: ["user_name", "ip", "nowhere.**"], attributes: ["nothing"], action: "mask" },
      { path: "details.ip", action: "truncate_ip" },
      { path: "**", action: "scrub" },
    ]);
    expect(redact(record)).toBe(record);
  });

  test("objects and lists in which nothing changes, and numbers that no double holds", () => {
    const details = { id: exact.rawJSON("12345678901234567890"), list: [1, { a: 2 }] };
    const body = { ip: "203.0.113.24", details, other: { ip: "203.0.113.24" } };
    const after = redactBody(body, [{ path: "ip", action: "mask" }]) as typeof body;
    expect(after.details).toBe(details);
    expect(exact.isRawJSON(after.details.id)).toBe(true);
    expect(JSON.stringify(after)).toBe(JSON.stringify(body).replaceAll("203.0.113.24", "[redacted]"));
  });

  test("everything else that a record has, also of an SDK's own, whose fields are getters", () => {
    const records: ReadableLogRecord[] = [];
    const provider = new LoggerProvider({
      processors: [
        {
          onEmit: (record) => void records.push(record),
          forceFlush: async () => {},
          shutdown: async () => {},
        },
      ],
    });
    provider.getLogger("app", "1.0").emit({
      eventName: "login",
      severityNumber: 9,
      severityText: "INFO",
      timestamp: 1_772_442_846_501,
      body: { user_name: "jane.doe" },
      attributes: { "user.name": "jane.doe", n: 1 },
    });
    const [record] = records as [ReadableLogRecord];
    const after = redactor([{ path: "user_name", action: "mask" }])(record);
    expect(after).toEqual({
      hrTime: record.hrTime,
      hrTimeObserved: record.hrTimeObserved,
      severityNumber: 9,
      severityText: "INFO",
      eventName: "login",
      body: { user_name: "[redacted]" },
      attributes: { "user.name": "[redacted]", n: 1 },
      resource: record.resource,
      instrumentationScope: record.instrumentationScope,
      droppedAttributesCount: 0,
    });
    expect(after.resource).toBe(record.resource);
    expect(after.instrumentationScope).toBe(record.instrumentationScope);
    expect(record.body).toEqual({ user_name: "jane.doe" });
  });

  test("the span of a record, where it has one", () => {
    const spanContext = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 1,
    };
    const record = testRecord(1, { body: { a: "x" }, spanContext });
    expect(redactor([{ path: "a", action: "mask" }])(record)).toEqual({
      ...record,
      body: { a: "[redacted]" },
    });
  });

  test("the order of the fields", () => {
    const body = { z: 1, user_name: "jane", a: { b: 2, ip: "x", "0": 3 }, details: null };
    const after = redactBody(body, [{ paths: ["user_name", "a.ip"], action: "mask" }]);
    expect(JSON.stringify(after)).toBe(
      '{"z":1,"user_name":"[redacted]","a":{"0":3,"b":2,"ip":"[redacted]"},"details":null}',
    );
  });
});

describe("odd bodies", () => {
  test.for<[body: unknown, after: unknown]>([
    [null, null],
    [undefined, undefined],
    ["jane.doe", "[redacted]"],
    ["for jane.doe", "for [redacted]"],
    [12, 12],
    [
      ["jane.doe", 1],
      ["[redacted]", 1],
    ],
    [{}, {}],
    [[], []],
  ])("%o is swept of what an attribute had", ([body, after]) => {
    const redact = redactor([{ attributes: ["user.name"], action: "mask" }]);
    expect(
      redact(testRecord(1, { body: body as Body, attributes: { "user.name": "jane.doe" } })).body,
    ).toEqual(after);
  });

  test("** also names a body that is a single text", () => {
    expect(redactBody("jane", [{ path: "**", action: "mask" }])).toBe("[redacted]");
    expect(redactBody("jane", [{ path: "**", action: "remove" }])).toBeUndefined();
    expect(redactBody(["jane", 1], [{ path: "**", action: "remove" }])).toEqual([]);
  });

  test("__proto__ is a key as any other", () => {
    const body = JSON.parse(
      '{"__proto__":{"email":"jane@x.org","n":1},"constructor":{"email":"jane@x.org"}}',
    );
    const after = redactBody(body, [{ path: "__proto__.email", action: "mask" }]);
    expect(JSON.stringify(after)).toBe(
      '{"__proto__":{"email":"[redacted]","n":1},"constructor":{"email":"[redacted]"}}',
    );
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(({} as { email?: string }).email).toBeUndefined();
  });

  test("what has a JSON form of its own is redacted as that", () => {
    const url = new URL("https://example.com/?q=jane.doe");
    const body = {
      user_name: "jane.doe",
      url,
      at: new Date(0),
      inner: { toJSON: () => ({ email: "jane.doe", ip: "x" }) },
    };
    const after = redactBody(body, [{ paths: ["user_name", "inner.ip"], action: "mask" }]) as typeof body;
    expect(JSON.stringify(after)).toBe(
      '{"user_name":"[redacted]","url":"https://example.com/?q=[redacted]","at":"1970-01-01T00:00:00.000Z","inner":{"email":"[redacted]","ip":"[redacted]"}}',
    );
    expect(after.at).toBe(body.at);
  });

  test("objects of a class, bytes and bigints", () => {
    class User {
      name = "jane.doe";
      plan = "free";
    }
    const bytes = new TextEncoder().encode("jane.doe");
    const body = { user: new User(), bytes, big: 12n, other: { bytes, big: 12n } };
    expect(redactBody(body, [{ paths: ["user.name", "bytes", "big"], action: "mask" }])).toEqual({
      user: { name: "[redacted]", plan: "free" },
      bytes: "[redacted]",
      big: "[redacted]",
      other: { bytes, big: 12n },
    });
    expect(redactBody(body, [{ path: "other", action: "pseudonymize" }])).toMatchObject({
      other: expect.stringMatching(/^hmac_/),
    });
  });

  test("a body that is nested two thousand deep", () => {
    const nest = (text: string) => `${'{"a":['.repeat(1000)}"${text}"${"]}".repeat(1000)}`;
    const after = redactBody(JSON.parse(nest("jane")), [{ path: "**", action: "mask" }]);
    expect(JSON.stringify(after)).toBe(nest("[redacted]"));
  });

  test("two keys that come to the same text remain two", () => {
    const body = { name: "jane@x.org", other: "bob@x.org", map: { "jane@x.org": 1, "bob@x.org": 2 } };
    expect(redactBody(body, [{ paths: ["name", "other"], action: "mask" }])).toMatchObject({
      map: { "[redacted]": 1, "[redacted] 2": 2 },
    });
  });
});
