import type { Tenant } from "@loghook/auth0-simulator";
import type { ComponentSettings, Delivery, ReceiveOptions, Receiver } from "@loghook/pipeline";
import { type ManualClock, manualClock, testSettings } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { auth0Config } from "./config.ts";
import { createAuth0Receiver } from "./receiver.ts";

export const lane = "logs/auth0/webhook";

/** A receiver as a config of these settings makes it, beside what it was given. */
export interface TestReceiver extends Receiver {
  readonly settings: ReturnType<typeof testSettings>;
}

/** @param config settings as a user writes them, beside those that lead to this tenant */
export function receiverOf(
  tenant: Pick<Tenant, "url" | "domain" | "clientId" | "clientSecret">,
  config: Record<string, unknown> = {},
  overrides: Partial<ComponentSettings> = {},
): TestReceiver {
  const settings = testSettings(overrides);
  const credentials = config.token ? {} : { client_id: tenant.clientId, client_secret: tenant.clientSecret };
  const parsed = auth0Config.parse({
    domain: tenant.domain,
    endpoint: tenant.url,
    ...credentials,
    ...config,
  });
  return { ...createAuth0Receiver(parsed, settings), settings };
}

export interface ReadOptions extends Partial<ReceiveOptions> {
  /** Default: acknowledges the whole delivery. */
  readonly handle?: (delivery: Delivery) => unknown;
}

/** Reads a run to its end and gives the deliveries. */
export async function run(receiver: Receiver, options: ReadOptions = {}): Promise<Delivery[]> {
  const { handle = (delivery) => delivery.ack() } = options;
  const deliveries: Delivery[] = [];
  const signal = options.signal ?? new AbortController().signal;
  for await (const delivery of receiver.receive({ lane, follow: false, ...options, signal })) {
    deliveries.push(delivery);
    await handle(delivery);
  }
  return deliveries;
}

export function recordsOf(deliveries: readonly Delivery[]): ReadableLogRecord[] {
  return deliveries.flatMap(({ batch }) => batch);
}

export function idsOf(deliveries: readonly Delivery[]): unknown[] {
  return recordsOf(deliveries).map(({ attributes }) => attributes["log.record.uid"]);
}

/** A manual clock that tells how many sleep on it. */
export function countingClock(): ManualClock & { readonly asleep: number } {
  const clock = manualClock();
  const sleepers = new Set<{ readonly dueAt: number }>();
  return {
    ...clock,
    get asleep() {
      return sleepers.size;
    },
    sleep(ms, options) {
      const sleeper = { dueAt: clock.now() + ms };
      sleepers.add(sleeper);
      return clock.sleep(ms, options).finally(() => sleepers.delete(sleeper));
    },
    advance(ms) {
      clock.advance(ms);
      for (const sleeper of sleepers) if (sleeper.dueAt <= clock.now()) sleepers.delete(sleeper);
    },
  };
}

/** Lets everything that needs no clock go on until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets everybody who sleeps on the clock wake at once, for as long as the signal does not abort. */
export async function skipSleeps(clock: ManualClock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const ms = await clock.nextSleep();
    if (!signal.aborted) clock.advance(ms);
  }
}
