import { expect, test } from "vitest";
import { type SinkRequest, sinkLedger } from "./sink-ledger.ts";

function request(webhookId: string | undefined, logIds: readonly (string | undefined)[] = []): SinkRequest {
  const entries = logIds.map((logId) => ({
    logId,
    date: undefined,
    type: undefined,
    user: undefined,
    ip: undefined,
    whole: {},
  }));
  return {
    at: 1,
    method: "POST",
    path: "/",
    headers: {},
    body: Buffer.alloc(0),
    webhookId,
    format: "json",
    entries,
    problem: undefined,
    signature: undefined,
    answer: "200",
  };
}

test("recognises a request by its id and an entry by its log_id, also within one request", () => {
  const ledger = sinkLedger();
  const first = ledger.enter(request("a", ["1", "2", "1"]));
  expect(first.repeatOf).toBeUndefined();
  expect([...first.seenBefore]).toEqual([first.entries[2]]);
  const second = ledger.enter(request("a", ["2", "3"]));
  expect(second.repeatOf).toEqual({ at: 1, answer: "200" });
  expect([...second.seenBefore]).toEqual([second.entries[0]]);
});

test("requests and entries without an id are never repeats", () => {
  const ledger = sinkLedger();
  ledger.enter(request(undefined, [undefined]));
  expect(ledger.enter(request(undefined, [undefined]))).toMatchObject({
    repeatOf: undefined,
    seenBefore: new Set(),
  });
  expect(ledger.summary()).toMatchObject({
    requests: 2,
    repeatedRequests: 0,
    entries: 2,
    distinctEntries: 2,
  });
});

test("forgets the ids that were not seen for the longest time when there are too many", () => {
  const ledger = sinkLedger(2);
  for (const id of ["a", "b", "a", "c"]) ledger.enter(request(id, [id]));
  expect(ledger.enter(request("b", ["b"])).repeatOf).toBeUndefined();
  expect(ledger.enter(request("c", ["c"])).repeatOf).toBeDefined();
});
