import { expect, test } from "vitest";
import type { LogEntry } from "./log-store.ts";
import { compileQuery } from "./search-query.ts";

function entry(n: number, type: string, fields: Record<string, unknown>): LogEntry {
  const logId = `900${String(n).padStart(53, "0")}`;
  const date = `2026-03-0${n}T09:14:07.112Z`;
  const json = JSON.stringify({ date, type, ...fields, log_id: logId });
  return { logId, type, dateMs: Date.parse(date), json };
}

const entries = [
  entry(1, "f", {
    user_name: "ada@example.com",
    ip: "2001:db8::1",
    client_name: "Storefront",
    client_id: null,
  }),
  entry(2, "fp", { user_name: "bob@example.com", ip: "192.0.2.1", description: 'said "no"' }),
  entry(3, "s", { user_name: "ada@example.com", ip: "192.0.2.1", user_id: "auth0|65a1" }),
  { ...entry(4, "s", { client_name: "Back office" }), dateMs: Number.NaN },
];

test.for<[query: string, expected: number[]]>([
  ["", [1, 2, 3, 4]],
  ["  ", [1, 2, 3, 4]],
  ["type:f", [1]],
  ["type:F", []],
  ['type:"f"', [1]],
  ["type:f OR type:s", [1, 3, 4]],
  ["type:s AND user_name:ada@example.com", [3]],
  ["type:f OR type:s AND ip:192.0.2.1", [1, 3]],
  ["(type:f OR type:s) AND ip:192.0.2.1", [3]],
  ["NOT type:s", [1, 2]],
  ["type:f* AND -type:fp", [1]],
  ["type:f*", [1, 2]],
  ["user_name:*@example.com", [1, 2, 3]],
  ["user_name:ada", []],
  ["user_id:auth0\\|65a1", [3]],
  ['client_name:"Back office"', [4]],
  ['description:"said \\"no\\""', [2]],
  ["ip:2001:db8::1", [1]],
  ["client_id:*", []],
  ["192.0.2.1", [2, 3]],
  ["date:2026-03-02", [2]],
  ["date:[2026-03-02 TO *]", [2, 3]],
  ["date:{2026-03-02 TO *]", [3]],
  ["date:[* TO 2026-03-02]", [1, 2]],
  ["date:[* TO 2026-03-02}", [1]],
  ["date:[2026-03-01T09:14:07Z TO 2026-03-02T09:14:07Z}", [1]],
  ["date:[2026-03-01T09:14:07.112Z TO 2026-03-02T09:14:07.112Z]", [1, 2]],
  ["date:[2026-03-02T10:14:07+01:00 TO *}", [2, 3]],
  ["date:[2026-02 TO 2026-03}", []],
  [`log_id:{900${"1".padStart(53, "0")} TO 900${"3".padStart(53, "0")}}`, [2]],
  ["type:[f TO fz]", [1, 2]],
])("%s", ([query, expected]) => {
  const test = compileQuery(query);
  expect(entries.map((entry, index) => (test(entry) ? index + 1 : 0)).filter(Boolean)).toEqual(expected);
});

test.for([
  "type:",
  "type:f type:s",
  "type:f AND",
  "OR type:f",
  "(type:f",
  "type:f)",
  "date:[2026-03-02 TO",
  "date:[soon TO *]",
  "date:2026-13-01",
  'type:"f',
  "user_email:x",
  "user_name:*a*",
])("refuses %s", (query) => {
  expect(() => compileQuery(query)).toThrow();
});
