import { z } from "zod";
import type { DeliveryPolicy } from "./component.ts";
import { integer, must } from "./config/config-values.ts";
import { parseSettings } from "./config/parse-settings.ts";
import { type RetryPolicy, retryOnFailure } from "./retrying.ts";

/** How a lane feeds an exporter whose factory does not say it. */
export const defaultDelivery: DeliveryPolicy = {
  maxBatchSize: 100,
  concurrency: 5,
  retry: { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined },
};

/** The settings that exporters have in common, to be spread into a `z.strictObject`. */
export const deliverySettings = {
  max_batch_size: integer(1, 10_000)
    .default(defaultDelivery.maxBatchSize)
    .describe("The most records of a request, 1 to 10000."),
  concurrency: integer(1, 256)
    .default(defaultDelivery.concurrency)
    .describe("Requests in flight at once, 1 to 256."),
  retry_on_failure: retryOnFailure().describe(
    "Waits between attempts when the destination does not take what is sent.",
  ),
};

/** What the parsed `deliverySettings` say to the lane. */
export function toDeliveryPolicy(given: {
  readonly max_batch_size: number;
  readonly concurrency: number;
  readonly retry_on_failure: RetryPolicy;
}): DeliveryPolicy {
  return {
    maxBatchSize: given.max_batch_size,
    concurrency: given.concurrency,
    retry: given.retry_on_failure,
  };
}

const count = () => integer(1, 1_000_000);
const longerThanNothing = { error: must("be a number of milliseconds above 0") };
const interval = () => z.number(longerThanNothing).positive(longerThanNothing);
const elapsed = { error: must("be a number of milliseconds, 0 for no end, or nothing") };

const givenDelivery = z.object({
  delivery: z.object({
    maxBatchSize: count(),
    concurrency: count(),
    retry: z.object({
      initialIntervalMs: interval(),
      maxIntervalMs: interval(),
      maxElapsedMs: z.number(elapsed).nonnegative(elapsed).optional(),
    }),
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
