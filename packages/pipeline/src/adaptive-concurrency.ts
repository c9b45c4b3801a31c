import { type AdaptiveLimit, adaptiveLimit } from "./adaptive-limit.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryPolicy, Exporter } from "./component.ts";
import { BatchTooLargeError, RecordsRejectedError, RetryableError } from "./errors.ts";
import type { ConcurrencyLimit } from "./limiting.ts";
import type { Logger } from "./logger.ts";

/** Tells the limit how each call ends. */
function measuring(exporter: Exporter, limit: AdaptiveLimit): Exporter {
  return {
    async export(batch, options) {
      const call = limit.begin();
      try {
        await exporter.export(batch, options);
      } catch (error) {
        if (options.signal.aborted) limit.ended(call);
        else if (error instanceof RetryableError) limit.pushedBack(call, error.retryAfterMs);
        else if (error instanceof RecordsRejectedError || error instanceof BatchTooLargeError)
          limit.answered(call);
        else limit.ended(call);
        throw error;
      }
      limit.answered(call);
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

export interface ConcurrencyOptions {
  /** The exporter, as the config names it. */
  readonly id: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The limit for the calls that a delivery allows at once: its number, or one that follows how the destination answers.
 * In the second case only what goes through the returned exporter is looked at: it belongs next to the destination,
 * inside of everything that makes calls wait or fail by itself.
 */
export function concurrencyOf(
  exporter: Exporter,
  { concurrency, adaptiveConcurrency }: Pick<DeliveryPolicy, "concurrency" | "adaptiveConcurrency">,
  { id, clock, logger }: ConcurrencyOptions,
): { readonly exporter: Exporter; readonly limit: number | ConcurrencyLimit } {
  if (adaptiveConcurrency === undefined) return { exporter, limit: concurrency };
  let told = Math.min(adaptiveConcurrency.initial, concurrency);
  const limit = adaptiveLimit({
    ...adaptiveConcurrency,
    max: concurrency,
    clock,
    onChange(now) {
      if (Math.abs(now - told) < Math.max(2, told / 4)) return;
      logger.debug(
        { exporter: id, limit: now, was: told },
        "The destination takes another number of requests at once.",
      );
      told = now;
    },
  });
  return { exporter: measuring(exporter, limit), limit };
}
