import { expect, test } from "vitest";
import { z } from "zod";
import { checkDeliverySettings } from "./adaptive-settings.ts";
import { deliverySettings, toDeliveryPolicy } from "./delivery-settings.ts";

const exporter = z
  .strictObject(deliverySettings)
  .superRefine(checkDeliverySettings)
  .transform(toDeliveryPolicy);

test.for([
  { settings: {}, concurrency: 5, adaptiveConcurrency: undefined },
  { settings: { concurrency: 7 }, concurrency: 7, adaptiveConcurrency: undefined },
  {
    settings: { concurrency: "adaptive" },
    concurrency: 64,
    adaptiveConcurrency: { initial: 5, decreaseRatio: 0.9, rttDeviationScale: 2.5 },
  },
  {
    settings: { concurrency: "adaptive", adaptive_concurrency: {} },
    concurrency: 64,
    adaptiveConcurrency: { initial: 5, decreaseRatio: 0.9, rttDeviationScale: 2.5 },
  },
  {
    settings: {
      concurrency: "adaptive",
      adaptive_concurrency: {
        initial_concurrency: 20,
        max_concurrency_limit: 100,
        decrease_ratio: 0.5,
        rtt_deviation_scale: 1,
      },
    },
    concurrency: 100,
    adaptiveConcurrency: { initial: 20, decreaseRatio: 0.5, rttDeviationScale: 1 },
  },
  {
    settings: { concurrency: "adaptive", adaptive_concurrency: { max_concurrency_limit: 3 } },
    concurrency: 3,
    adaptiveConcurrency: { initial: 5, decreaseRatio: 0.9, rttDeviationScale: 2.5 },
  },
])("$settings is $concurrency at once at the most", ({ settings, concurrency, adaptiveConcurrency }) => {
  const policy = exporter.parse(settings);
  expect(policy.concurrency).toBe(concurrency);
  expect(policy.adaptiveConcurrency).toEqual(adaptiveConcurrency);
});

test.for([
  {
    settings: { concurrency: "many" },
    path: "concurrency",
    message: 'must be a whole number from 1 to 256, or adaptive, found "many"',
  },
  {
    settings: { concurrency: 257 },
    path: "concurrency",
    message: "must be a whole number from 1 to 256, found 257",
  },
  {
    settings: { concurrency: 5, adaptive_concurrency: { max_concurrency_limit: 20 } },
    path: "adaptive_concurrency",
    message:
      "needs concurrency: adaptive, and concurrency is 5; write adaptive there, or leave adaptive_concurrency out",
  },
  {
    settings: { adaptive_concurrency: {} },
    path: "adaptive_concurrency",
    message:
      "needs concurrency: adaptive, and concurrency is 5; write adaptive there, or leave adaptive_concurrency out",
  },
  {
    settings: { concurrency: "adaptive", adaptive_concurrency: { initial_concurrency: 80 } },
    path: "adaptive_concurrency.initial_concurrency",
    message: "must be at most max_concurrency_limit, which is 64; raise that, or lower this",
  },
  {
    settings: { concurrency: "adaptive", adaptive_concurrency: { max_concurrency_limit: 0 } },
    path: "adaptive_concurrency.max_concurrency_limit",
    message: "must be a whole number from 1 to 256, found 0",
  },
  {
    settings: { concurrency: "adaptive", adaptive_concurrency: { decrease_ratio: 1 } },
    path: "adaptive_concurrency.decrease_ratio",
    message: "must be a number from 0.1 to 0.99, found 1",
  },
  {
    settings: { concurrency: "adaptive", adaptive_concurrency: { rtt_deviation_scale: 0 } },
    path: "adaptive_concurrency.rtt_deviation_scale",
    message: "must be a number from 0.5 to 100, found 0",
  },
])("$settings is refused", ({ settings, path, message }) => {
  const issues = exporter.safeParse(settings).error?.issues ?? [];
  expect(issues.map((issue) => [issue.path.join("."), issue.message])).toEqual([[path, message]]);
});
