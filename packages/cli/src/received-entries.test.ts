import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readEntries } from "./received-entries.ts";

const entries = [
  {
    log_id: "1",
    date: "2026-03-02T09:14:07.112Z",
    type: "f",
    user_name: "ada@example.com",
    user_id: "auth0|1",
    ip: "::1",
  },
  { log_id: "2", type: "s", user_name: "", user_id: "auth0|2" },
];
const wrapped = entries.map((data) => ({ log_id: data.log_id, data }));
const events = entries.map((data) => ({ specversion: "1.0", id: data.log_id, source: "/", type: "x", data }));
const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

function read(body: string | Buffer, headers: Record<string, string> = {}) {
  return readEntries(Buffer.from(body), headers, 1_000_000);
}

test.for([
  { format: "json", what: "an array", body: JSON.stringify(entries), count: 2 },
  { format: "json", what: "one entry", body: JSON.stringify(entries[0]), count: 1 },
  { format: "json", what: "an empty array", body: "[]", count: 0 },
  { format: "json_lines", what: "two lines", body: lines(entries), count: 2 },
  {
    format: "json_lines",
    what: "one line, by its content type",
    body: lines(entries.slice(0, 1)),
    headers: { "content-type": "application/x-ndjson" },
    count: 1,
  },
  { format: "auth0_log_stream", what: "an array", body: JSON.stringify(wrapped), count: 2 },
  { format: "auth0_log_stream", what: "lines", body: lines(wrapped), count: 2 },
  { format: "cloudevents", what: "a batch", body: JSON.stringify(events), count: 2 },
  { format: "cloudevents", what: "one event", body: JSON.stringify(events[0]), count: 1 },
])("reads $what as $format", async ({ format, body, headers, count }) => {
  const received = await read(body, headers);
  expect(received).toMatchObject({ format, problem: undefined });
  expect(received.entries.map(({ whole }) => whole)).toEqual(entries.slice(0, count));
});

test("says of an entry what a line about it needs, with the user's id in place of an empty name", async () => {
  const { entries: received } = await read(JSON.stringify(entries));
  expect(received.map(({ whole: _, ...entry }) => entry)).toEqual([
    { logId: "1", date: "2026-03-02T09:14:07.112Z", type: "f", user: "ada@example.com", ip: "::1" },
    { logId: "2", date: undefined, type: "s", user: "auth0|2", ip: undefined },
  ]);
});

test("unpacks gzip, and hands out what was in it", async () => {
  const body = JSON.stringify(entries);
  const received = await read(gzipSync(body), { "content-encoding": "gzip" });
  expect(received.entries).toHaveLength(2);
  expect(received.unpacked.toString()).toBe(body);
});

test("stays calm with an entry of which nothing is as expected", async () => {
  const { entries: received } = await read('[{"log_id":7,"type":{},"date":null,"ip":[]},{}]');
  expect(received).toHaveLength(2);
  expect(received[0]).toMatchObject({ logId: undefined, type: undefined, date: undefined, ip: undefined });
});

test.for([
  { what: "an empty body", body: "", problem: "The body is empty." },
  { what: "a text", body: "hello", problem: "The body is not JSON: hello" },
  { what: "half of an array", body: '[{"log_id":"1"},', problem: "The body is not JSON" },
  { what: "a number", body: "5", problem: "neither an entry nor a list of entries" },
  { what: "lists in a list", body: "[[{}]]", problem: "neither an entry nor a list of entries" },
  { what: "broken gzip", body: "hello", encoding: "gzip", problem: "says that it is gzip" },
  { what: "another compression", body: "hello", encoding: "br", problem: "compressed with br" },
])("says what is wrong with $what", async ({ body, encoding, problem }) => {
  const received = await read(body, encoding === undefined ? {} : { "content-encoding": encoding });
  expect(received).toMatchObject({ format: undefined, entries: [] });
  expect(received.problem).toContain(problem);
});

test("does not unpack without end", async () => {
  const bomb = gzipSync(Buffer.alloc(2_000_000));
  const { problem } = await read(bomb, { "content-encoding": "gzip" });
  expect(problem).toContain("cannot be unpacked");
});

test("quotes no more than the beginning of a long body", async () => {
  const { problem = "" } = await read("x".repeat(10_000));
  expect(problem.length).toBeLessThan(200);
});
