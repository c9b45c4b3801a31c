import { setImmediate as turn } from "node:timers/promises";
import { manualClock, startWebhook, status, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { breaking } from "./circuit.ts";
import type { Clock } from "./clock.ts";
import type { Exporter } from "./component.ts";
import { RetryableError } from "./errors.ts";
import { limiting } from "./limiting.ts";
import { pacing } from "./pacing.ts";
import { retrying } from "./retrying.ts";
import type { ExporterEvent } from "./telemetry.ts";

const lanes = 10;
const batchesOfLane = 5;
const concurrency = 5;
const policy = { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: 0 };
const minuteMs = 60_000;

function postTo(url: string): Exporter {
  return {
    async export(_batch, { signal }) {
      const response = await fetch(url, { method: "POST", body: "[]", signal });
      await response.arrayBuffer();
      if (!response.ok) throw new RetryableError(`It answered ${response.status}.`);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Knows how many sleep on it. */
function countingClock() {
  const clock = manualClock();
  let sleeping = 0;
  const sleep: Clock["sleep"] = async (ms, options) => {
    sleeping += 1;
    await clock.sleep(ms, options).finally(() => {
      sleeping -= 1;
    });
  };
  return { ...clock, sleep, sleeping: () => sleeping };
}

test("ten lanes leave a webhook that is down for ten minutes in peace, and lose no time when it is back", async () => {
  const clock = countingClock();
  await using webhook = await startWebhook({ answer: status(503) });
  const events: ExporterEvent[] = [];
  const emit = (event: ExporterEvent): void => void events.push(event);
  const paced = pacing(postTo(webhook.url), { maxCallsPerSecond: undefined, clock });
  const exporter = limiting(breaking(paced, { id: "webhook", policy, clock, emit }), concurrency);
  const { signal } = new AbortController();
  let retries = 0;
  let delivered = 0;
  const onRetry = (): void => {
    retries += 1;
  };
  const calls = Array.from({ length: lanes }, async () => {
    const lane = retrying(exporter, { policy, clock, stop: signal, onRetry, onRecovered() {} });
    const batches = Array.from({ length: batchesOfLane }, (_, n) => lane.export(testBatch(1, n), { signal }));
    const counted = batches.map(async (batch) => {
      await batch;
      delivered += 1;
    });
    await Promise.all(counted);
  });
  /** Until every batch waits for its next attempt, or is delivered. */
  const atRest = async (): Promise<void> => {
    do await turn();
    while (clock.sleeping() + delivered < lanes * batchesOfLane);
  };
  const nextWake = async (): Promise<void> => {
    clock.advance(await clock.nextSleep());
    await atRest();
  };

  await atRest();
  const atFirst = webhook.requests.length;
  // Those that are under way when the fifth fails are the last.
  expect(atFirst).toBeLessThan(5 + concurrency);
  const downAt = clock.now();
  while (clock.now() - downAt < 10 * minuteMs) {
    const before = webhook.requests.length;
    await nextWake();
    expect(webhook.requests.length - before).toBeLessThanOrEqual(1);
  }
  const probes = webhook.requests.length - atFirst;
  expect(probes).toBeGreaterThanOrEqual(10);
  expect(probes).toBeLessThan(45);
  expect(retries).toBeGreaterThan(10 * probes);

  webhook.answer = status(200);
  const backAt = clock.now();
  while (delivered < lanes * batchesOfLane) await nextWake();
  await Promise.all(calls);
  expect(webhook.requests.length - atFirst - probes).toBe(lanes * batchesOfLane);
  expect(clock.now() - backAt).toBeLessThanOrEqual(policy.maxIntervalMs + 2);
  expect(events.map(({ type }) => type)).toEqual(["circuit.opened", "circuit.closed"]);
});
