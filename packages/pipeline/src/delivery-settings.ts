import type { DeliveryPolicy } from "./component.ts";
import { integer } from "./config/config-values.ts";
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
