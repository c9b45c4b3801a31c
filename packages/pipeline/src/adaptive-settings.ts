import { z } from "zod";
import type { AdaptiveConcurrency, DeliveryPolicy } from "./component.ts";
import { integer, must } from "./config/config-values.ts";

export const defaultConcurrency = 5;

/**
 * Used where a setting is left out. What a lane has read for 65 batches of 100 is within the 10,000 entries that it may
 * have read in any case: with more, the limit would be one that is never reached. It begins where others stay.
 */
const defaultAdaptive = {
  initial_concurrency: defaultConcurrency,
  max_concurrency_limit: 64,
  decrease_ratio: 0.9,
  rtt_deviation_scale: 2.5,
};

const mostConcurrency = 256;
const adaptive = "adaptive";

const ratioRule = must("be a number from 0.1 to 0.99");
const scaleRule = must("be a number from 0.5 to 100");

/** The settings of `concurrency: adaptive`. Named as Vector names them. */
const adaptiveSettings = z
  .strictObject({
    initial_concurrency: integer(1, mostConcurrency)
      .default(defaultAdaptive.initial_concurrency)
      .describe("With `concurrency: adaptive`: requests in flight at once, at first."),
    max_concurrency_limit: integer(1, mostConcurrency)
      .default(defaultAdaptive.max_concurrency_limit)
      .describe("With `concurrency: adaptive`: the most requests in flight at once, 1 to 256."),
    decrease_ratio: z
      .number({ error: ratioRule })
      .min(0.1, { error: ratioRule })
      .max(0.99, { error: ratioRule })
      .default(defaultAdaptive.decrease_ratio)
      .describe(
        "With `concurrency: adaptive`: what the number is lowered to when it is too much, as a share of it, 0.1 to 0.99.",
      ),
    rtt_deviation_scale: z
      .number({ error: scaleRule })
      .min(0.5, { error: scaleRule })
      .max(100, { error: scaleRule })
      .default(defaultAdaptive.rtt_deviation_scale)
      .describe(
        "With `concurrency: adaptive`: how many of their usual deviations answers may take longer before that is too slow, 0.5 to 100. Higher: more requests at once, and longer waits for answers.",
      ),
  })
  .superRefine(({ initial_concurrency, max_concurrency_limit }, context) => {
    // The default gives way: who sets the most alone has said enough.
    if (initial_concurrency <= Math.max(max_concurrency_limit, defaultConcurrency)) return;
    const message = `must be at most max_concurrency_limit, which is ${max_concurrency_limit}; raise that, or lower this`;
    context.addIssue({ code: "custom", path: ["initial_concurrency"], message });
  });

/** The settings that say how many requests are in flight at once, for `deliverySettings`. */
export const concurrencySettings = {
  concurrency: z
    .union([integer(1, mostConcurrency), z.enum([adaptive])], {
      error: must(`be a whole number from 1 to ${mostConcurrency}, or ${adaptive}`),
    })
    .default(defaultConcurrency)
    .describe(
      "Requests in flight at once, 1 to 256. `adaptive`: as many as the destination can take, which is found out while sending.",
    ),
  adaptive_concurrency: adaptiveSettings
    .optional()
    .describe("How `concurrency: adaptive` goes about it. Only together with that."),
};

type AdaptiveSettings = z.infer<typeof adaptiveSettings>;

/** These settings, parsed. */
export interface ConcurrencySettings {
  readonly concurrency: number | typeof adaptive;
  readonly adaptive_concurrency?: AdaptiveSettings | undefined;
}

/**
 * What the `deliverySettings` must be to each other, for the `superRefine` of the object that they are spread into:
 * settings that would have no effect are refused.
 */
export function checkDeliverySettings(given: ConcurrencySettings, context: z.RefinementCtx): void {
  if (given.adaptive_concurrency === undefined || given.concurrency === adaptive) return;
  const message = `needs concurrency: ${adaptive}, and concurrency is ${given.concurrency}; write ${adaptive} there, or leave adaptive_concurrency out`;
  context.addIssue({ code: "custom", path: ["adaptive_concurrency"], message });
}

/** What they say to the lane. */
export function toConcurrency({
  concurrency,
  adaptive_concurrency: settings = defaultAdaptive,
}: ConcurrencySettings): Pick<DeliveryPolicy, "concurrency" | "adaptiveConcurrency"> {
  if (concurrency !== adaptive) return { concurrency };
  const adaptiveConcurrency: AdaptiveConcurrency = {
    initial: settings.initial_concurrency,
    decreaseRatio: settings.decrease_ratio,
    rttDeviationScale: settings.rtt_deviation_scale,
  };
  return { concurrency: settings.max_concurrency_limit, adaptiveConcurrency };
}
