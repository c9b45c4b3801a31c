import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type LogBatch, type StorageClient, StorageError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { idsOf, lane, receiverOf, run, type TestReceiver } from "./receiver.test-kit.ts";

const hourMs = 3_600_000;
const noon = Date.UTC(2026, 10, 2, 12);

interface Span {
  readonly from: number;
  readonly to: number;
}

async function list(receiver: TestReceiver, span: Span): Promise<LogBatch[]> {
  const batches: LogBatch[] = [];
  const signal = new AbortController().signal;
  for await (const batch of receiver.list?.({ ...span, signal }) ?? []) batches.push(batch);
  return batches;
}

async function listedIds(receiver: TestReceiver, span: Span): Promise<unknown[]> {
  return (await list(receiver, span)).flat().map(({ attributes }) => attributes["log.record.uid"]);
}

/** The ids of a span, by what the entries themselves say. */
function writtenIn({ entries }: Tenant, { from, to }: Span): string[] {
  const isIn = (date: number): boolean => date >= from && date < to;
  return entries.filter(({ json }) => isIn(Date.parse(JSON.parse(json).date))).map(({ logId }) => logId);
}

const startDay = (entries: number): Promise<Tenant> =>
  startTenant({ entries, spanMs: 24 * hourMs, now: () => noon, logsItsOwnTokens: false });

test.for([
  ["a span in the middle", noon - 10 * hourMs, noon - 5 * hourMs],
  ["a span that begins before the log", noon - 1000 * hourMs, noon - 20 * hourMs],
  ["everything", 0, Number.POSITIVE_INFINITY],
  ["the very beginning of time", -1e20, noon + hourMs],
  ["the end of the log", noon - hourMs, noon + hourMs],
  ["a time to come", noon + 100 * hourMs, noon + 200 * hourMs],
  ["a time that no id has room for", Date.UTC(12_000, 0), Number.POSITIVE_INFINITY],
  ["no time at all", noon, noon],
  ["nonsense", Number.NaN, noon],
] as const)("lists %s, in the order of the log", async ([, from, to]) => {
  await using tenant = await startDay(500);
  await using receiver = receiverOf(tenant);
  expect(await listedIds(receiver, { from, to })).toEqual(writtenIn(tenant, { from, to }));
});

test("goes by the time of the entries, from the first millisecond on and without the last", async () => {
  await using tenant = await startDay(0);
  const at = (ms: number): string => {
    const written = { type: "f", date: new Date(noon - hourMs + ms).toISOString() };
    return tenant.append(written).logId;
  };
  const [, first, last] = [at(-1), at(0), at(999), at(1000)];
  await using receiver = receiverOf(tenant);
  const span = { from: noon - hourMs, to: noon - hourMs + 1000 };
  expect(await listedIds(receiver, span)).toEqual([first, last]);
});

test("finds entries that were ingested minutes after they happened, and asks for no more than that needs", async () => {
  await using tenant = await startDay(0);
  const from = noon - 10 * hourMs;
  const to = noon - 5 * hourMs;
  const date = new Date(to - 1).toISOString();
  tenant.generate(1000, { at: noon - hourMs });
  tenant.generate(250, { at: from + hourMs });
  const [late] = tenant.generate(1, { at: to + 600_000 });
  const { logId } = tenant.appendLate({ type: "f", date }, late?.logId ?? "");
  await using receiver = receiverOf(tenant);
  const ids = await listedIds(receiver, { from, to });
  expect(ids).toHaveLength(251);
  expect(ids.at(-1)).toBe(logId);
  expect(tenant.requests.filter(({ path }) => path === "/api/v2/logs")).toHaveLength(3);
});

test("reads afresh what a lane has read, and disturbs no lane", async () => {
  await using tenant = await startDay(150);
  await using receiver = receiverOf(tenant);
  const everything = { from: 0, to: Number.POSITIVE_INFINITY };
  await run(receiver);
  const at = tenant.entries[100]?.logId ?? "";
  const late = tenant.appendLate({ type: "f" }, at);
  const before = await receiver.settings.storage.get(`checkpoint/${lane}`);
  expect(await listedIds(receiver, everything)).toContain(late.logId);
  expect(await receiver.settings.storage.get(`checkpoint/${lane}`)).toBe(before);
  expect(receiver.settings.events.filter(({ type }) => type !== "checkpoint.moved")).toEqual([]);
  const [fresh] = tenant.generate(1);
  expect(idsOf(await run(receiver))).toEqual([fresh?.logId]);
});

test("gives each record as receive gives it out", async () => {
  await using tenant = await startDay(120);
  await using receiver = receiverOf(tenant, { resource_attributes: { team: "identity" } });
  const unobserved = (batch: LogBatch) => batch.map(({ hrTimeObserved, ...record }) => record);
  const listed = (await list(receiver, { from: 0, to: Number.POSITIVE_INFINITY })).flat();
  const received = (await run(receiver)).flatMap(({ batch }) => batch);
  expect(unobserved(listed)).toEqual(unobserved(received));
});

test("waits out what a run waits out, and gives up when a run gives up", async () => {
  await using tenant = await startDay(10);
  tenant.fault({ on: "logs", status: 429, headers: { "retry-after": "0" } });
  tenant.fault({ on: "logs", truncate: true });
  const retry = { retry_on_failure: { initial_interval: "1ms", max_elapsed_time: "100ms" } };
  await using receiver = receiverOf(tenant, retry);
  const everything = { from: 0, to: Number.POSITIVE_INFINITY };
  expect(await listedIds(receiver, everything)).toHaveLength(10);
  tenant.fault({ on: "logs", status: 503, times: Number.POSITIVE_INFINITY });
  await expect(list(receiver, everything)).rejects.toMatchObject({ code: "RETRYABLE" });
  tenant.clearFaults();
  tenant.revokeScope("read:logs");
  tenant.expireTokens();
  await expect(list(receiver, everything)).rejects.toMatchObject({ code: "SOURCE_REFUSED" });
});

test("ends with the signal", async () => {
  await using tenant = await startDay(10);
  tenant.fault({ on: "logs", hang: true });
  await using receiver = receiverOf(tenant);
  const stop = new AbortController();
  const reason = new Error("enough");
  const reading = receiver.list?.({ from: 0, to: noon, signal: stop.signal })[Symbol.asyncIterator]().next();
  stop.abort(reason);
  await expect(reading).rejects.toBe(reason);
});

/** A storage that takes nothing. */
function readOnly(client: StorageClient): StorageClient {
  const refuse = (): Promise<void> => Promise.reject(new StorageError("It is read-only."));
  return { get: (key) => client.get(key), set: refuse, delete: refuse };
}

test("works with a storage that takes no token", async () => {
  await using tenant = await startDay(10);
  await using first = receiverOf(tenant);
  await run(first);
  tenant.expireTokens();
  const storage = readOnly(first.settings.storage);
  await using receiver = receiverOf(tenant, {}, { storage });
  expect(await listedIds(receiver, { from: 0, to: Number.POSITIVE_INFINITY })).toHaveLength(10);
  expect(await receiver.passed?.(lane)).toBeTypeOf("function");
});
