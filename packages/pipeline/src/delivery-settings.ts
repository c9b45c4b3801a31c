import { z } from "zod";
import {
  type ConcurrencySettings,
  concurrencySettings,
  defaultConcurrency,
  toConcurrency,
} from "./adaptive-settings.ts";
import type { DeliveryPolicy, OnRejected } from "./component.ts";
import { integer, must } from "./config/config-values.ts";
import { parseSettings } from "./config/parse-settings.ts";
import { type RetryPolicy, retryOnFailure } from "./retrying.ts";

/** How a lane feeds an exporter whose factory does not say it. */
export const defaultDelivery = {
  maxBatchSize: 100,
  concurrency: defaultConcurrency,
  retry: { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined },
  maxCallsPerSecond: undefined,
  onRejected: "park",
  maxParked: 10_000,
  maxRejectedInRow: 100,
} as const satisfies DeliveryPolicy;

const rejectedActs = ["park", "block", "drop"] as const satisfies OnRejected[];

const rateRule = must("be a number of requests per second, above 0 and at most 100000");

/** The settings that exporters have in common, to be spread into a `z.strictObject`. */
export const deliverySettings = {
  max_batch_size: integer(1, 10_000)
    .default(defaultDelivery.maxBatchSize)
    .describe("The most records of a request, 1 to 10000."),
  ...concurrencySettings,
  rate_limit: z
    .number({ error: rateRule })
    .gt(0, { error: rateRule })
    .max(100_000, { error: rateRule })
    .optional()
    .describe(
      "The most requests that are begun in a second; 0.5 is one every two seconds. Default: no limit.",
    ),
  on_rejected: z
    .enum(rejectedActs)
    .default(defaultDelivery.onRejected)
    .describe(
      "What becomes of an entry that the destination refuses also when it comes alone. `park`: it is kept in the storage with the reason (`loghook parked`), and the others go on. `block`: its lane waits, and tries it again and again. `drop`: it is told of, counted, and given up.",
    ),
  max_parked: integer(1, 1_000_000)
    .default(defaultDelivery.maxParked)
    .describe("The most entries that a lane parks. When there are so many, it blocks."),
  max_rejected_in_row: integer(0, 1_000_000)
    .default(defaultDelivery.maxRejectedInRow)
    .describe(
      "When so many entries were refused one after the other, each on its own, the destination is taken to be broken: no more is set aside until it takes one. `0`: no limit.",
    ),
  retry_on_failure: retryOnFailure().describe(
    "Waits between attempts when the destination does not take what is sent.",
  ),
};

/** What the parsed `deliverySettings` say to the lane. */
export function toDeliveryPolicy(
  given: ConcurrencySettings & {
    readonly max_batch_size: number;
    readonly rate_limit?: number | undefined;
    readonly on_rejected: OnRejected;
    readonly max_parked: number;
    readonly max_rejected_in_row: number;
    readonly retry_on_failure: RetryPolicy;
  },
): DeliveryPolicy {
  return {
    maxBatchSize: given.max_batch_size,
    ...toConcurrency(given),
    retry: given.retry_on_failure,
    maxCallsPerSecond: given.rate_limit,
    onRejected: given.on_rejected,
    maxParked: given.max_parked,
    maxRejectedInRow: given.max_rejected_in_row,
  };
}

const count = () => integer(1, 1_000_000);
const longerThanNothing = { error: must("be a number of milliseconds above 0") };
const interval = () => z.number(longerThanNothing).positive(longerThanNothing);
const shareRule = { error: must("be a number above 0 and below 1") };
const share = () => z.number(shareRule).gt(0, shareRule).lt(1, shareRule);
const positiveRule = { error: must("be a number above 0") };
const aboveNothing = () => z.number(positiveRule).positive(positiveRule);
const elapsed = { error: must("be a number of milliseconds, 0 for no end, or nothing") };

const givenDelivery = z.object({
  delivery: z.object({
    maxBatchSize: count(),
    concurrency: count(),
    adaptiveConcurrency: z
      .object({ initial: count(), decreaseRatio: share(), rttDeviationScale: aboveNothing() })
      .optional(),
    retry: z.object({
      initialIntervalMs: interval(),
      maxIntervalMs: interval(),
      maxElapsedMs: z.number(elapsed).nonnegative(elapsed).optional(),
    }),
    maxCallsPerSecond: z.number({ error: rateRule }).positive({ error: rateRule }).optional(),
    onRejected: z.enum(rejectedActs).optional(),
    maxParked: count().optional(),
    maxRejectedInRow: integer(0, 1_000_000).optional(),
  }),
});

/**
 * What the `delivery` of an exporter's factory returned, when a lane can go by it: without waits, or with nothing at a
 * time, it would send without a pause or not at all.
 *
 * @param owner the exporter, as the beginning of a sentence
 * @throws {ConfigError} with everything that is wrong
 */
export function checkDelivery(delivery: DeliveryPolicy, owner: string): DeliveryPolicy {
  parseSettings(givenDelivery, { delivery }, owner);
  return delivery;
}
