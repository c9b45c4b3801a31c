import { type Fault, startTenant } from "@loghook/auth0-simulator";
import { RetryableError } from "@loghook/pipeline";
import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { idsOf, lane, receiverOf, recordsOf, run, skipSleeps } from "./receiver.test-kit.ts";

test.for<{ name: string; fault: Omit<Fault, "on">; says: RegExp }>([
  { name: "an answer of 500", fault: { status: 500 }, says: /answered 500 Internal Server Error/ },
  {
    name: "an answer of 503",
    fault: { status: 503, body: "<html>" },
    says: /answered 503 Service Unavailable\.$/,
  },
  { name: "an answer of 408", fault: { status: 408 }, says: /answered 408 Request Timeout/ },
  { name: "a cut connection", fault: { reset: true }, says: /^No whole answer came from / },
  { name: "half a body", fault: { truncate: true }, says: /^No whole answer came from / },
  {
    name: "a page of HTML",
    fault: { status: 200, body: "<html>" },
    says: /answered with something that is not JSON \(6 characters\)/,
  },
  {
    name: "an object in place of a page",
    fault: { status: 200, body: '{"logs":[]}' },
    says: /JSON that is not a list of entries/,
  },
])("$name is tried again, and nothing is missing or twice", async ({ fault, says }) => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  await using tenant = await startTenant({ entries: 5, logsItsOwnTokens: false, now: clock.now });
  await using receiver = receiverOf(tenant, { batch_size: 2, start_from: "2026-01-01" }, { clock });
  tenant.fault({ on: "logs", ...fault, times: 2 });

  const uids = idsOf(await run(receiver));
  done.abort();
  expect(uids).toEqual(tenant.entries.map(({ logId }) => logId));
  const events = receiver.settings.events.filter(({ type }) => type.startsWith("retry."));
  expect(events).toMatchObject([
    {
      type: "retry.scheduled",
      lane,
      stage: "receiver",
      attempt: 1,
      error: { code: "RETRYABLE", message: expect.stringMatching(says) },
    },
    { type: "retry.scheduled", lane, stage: "receiver", attempt: 2 },
    { type: "retry.succeeded", lane, stage: "receiver" },
  ]);
});

test("no answer in time is tried again, and nothing is missing or twice", async () => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  await using tenant = await startTenant({ entries: 5, logsItsOwnTokens: false, now: clock.now });
  // On a machine under load other answers may be late as well. They are then tried again, too.
  await using receiver = receiverOf(
    tenant,
    { timeout: "200ms", retry_on_failure: { max_elapsed_time: "0s" } },
    { clock },
  );
  tenant.fault({ on: "logs", hang: true });
  expect(idsOf(await run(receiver))).toEqual(tenant.entries.map(({ logId }) => logId));
  done.abort();
  expect(receiver.settings.events).toContainEqual(
    expect.objectContaining({
      type: "retry.scheduled",
      error: expect.objectContaining({ message: expect.stringContaining("did not answer within 200 ms") }),
    }),
  );
});

test("waits at least as long as the tenant asks with a 503", async () => {
  const clock = manualClock();
  await using tenant = await startTenant({ entries: 1, now: clock.now });
  await using receiver = receiverOf(tenant, {}, { clock });
  tenant.fault({ on: "logs", status: 503, headers: { "retry-after": "120" } });
  const reading = run(receiver);
  expect(await clock.nextSleep()).toBe(120_000);
  clock.advance(120_000);
  expect(recordsOf(await reading).length).toBeGreaterThan(0);
});

test("a run gives up after five minutes, or when max_elapsed_time says, with a sentence", async () => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  await using tenant = await startTenant({ now: clock.now });
  tenant.fault({ on: "logs", status: 503, times: Number.POSITIVE_INFINITY });
  for (const { retry, limitMs } of [
    { retry: {}, limitMs: 300_000 },
    { retry: { max_elapsed_time: "1m" }, limitMs: 60_000 },
  ]) {
    const since = clock.now();
    await using receiver = receiverOf(tenant, { retry_on_failure: retry }, { clock });
    const error = await run(receiver).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({
      message: `The log of acme.eu.auth0.com could not be read since ${new Date(since).toISOString()}. acme.eu.auth0.com answered 503 Service Unavailable: An internal server error occurred.`,
      remedy: expect.stringContaining("status.auth0.com"),
    });
    expect(clock.now() - since).toBeLessThanOrEqual(limitMs);
    expect(receiver.settings.events.length).toBeGreaterThan(3);
  }
  done.abort();
});

test("a lane that follows never gives up", async () => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  await using tenant = await startTenant({ entries: 1, now: clock.now });
  tenant.fault({ on: "logs", status: 503, times: 30 });
  await using receiver = receiverOf(tenant, {}, { clock });
  const since = clock.now();
  const stop = new AbortController();
  await run(receiver, { follow: true, signal: stop.signal, handle: () => stop.abort() });
  done.abort();
  expect(clock.now() - since).toBeGreaterThan(300_000);
  expect(receiver.settings.events.filter(({ type }) => type === "retry.scheduled")).toHaveLength(30);
});

test("a fault of /oauth/token is tried again as well", async () => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  await using tenant = await startTenant({ entries: 1, now: clock.now });
  tenant.fault({ on: "token", status: 500 });
  tenant.fault({ on: "token", reset: true });
  await using receiver = receiverOf(tenant, {}, { clock });
  expect(recordsOf(await run(receiver)).length).toBeGreaterThan(0);
  done.abort();
});

test("stops waiting when it is told to, and says nothing more", async () => {
  const clock = manualClock();
  await using tenant = await startTenant({ now: clock.now });
  tenant.fault({ on: "logs", status: 503, times: Number.POSITIVE_INFINITY });
  await using receiver = receiverOf(tenant, {}, { clock });
  const stop = new AbortController();
  const reading = run(receiver, { follow: true, signal: stop.signal });
  await clock.nextSleep();
  stop.abort();
  expect(await reading).toEqual([]);
});
