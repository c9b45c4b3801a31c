import { expect, test } from "vitest";
import type { DeliveryPolicy } from "./component.ts";
import { checkDelivery, defaultDelivery } from "./delivery-settings.ts";
import { ConfigError } from "./errors.ts";

const { retry } = defaultDelivery;

test.for<DeliveryPolicy>([
  defaultDelivery,
  { maxBatchSize: 1, concurrency: 1, retry: { initialIntervalMs: 0.5, maxIntervalMs: 1, maxElapsedMs: 0 } },
  {
    ...defaultDelivery,
    adaptiveConcurrency: { initial: 1, decreaseRatio: 0.5, rttDeviationScale: 0.1 },
  },
])("%o is a delivery to go by", (delivery) => {
  expect(checkDelivery(delivery, "The exporter mine")).toBe(delivery);
});

test.for<[unknown, string]>([
  ["as it likes", 'delivery must be a group of settings, found "as it likes"'],
  [{ ...defaultDelivery, retry: undefined }, "delivery.retry is required"],
  [{ ...defaultDelivery, retry: {} }, "delivery.retry.initialIntervalMs is required"],
  [
    { ...defaultDelivery, retry: { ...retry, maxIntervalMs: 0 } },
    "delivery.retry.maxIntervalMs must be a number of milliseconds above 0, found 0",
  ],
  [
    { ...defaultDelivery, retry: { ...retry, maxElapsedMs: Number.NaN } },
    "delivery.retry.maxElapsedMs must be a number of milliseconds, 0 for no end, or nothing, found NaN",
  ],
  [
    { ...defaultDelivery, concurrency: 0 },
    "delivery.concurrency must be a whole number from 1 to 1000000, found 0",
  ],
  [
    { ...defaultDelivery, maxBatchSize: 2.5 },
    "delivery.maxBatchSize must be a whole number from 1 to 1000000, found 2.5",
  ],
  [
    {
      ...defaultDelivery,
      adaptiveConcurrency: { initial: 1, decreaseRatio: 1, rttDeviationScale: 2 },
    },
    "delivery.adaptiveConcurrency.decreaseRatio must be a number above 0 and below 1, found 1",
  ],
])("%o is none", ([delivery, fault]) => {
  const check = () => checkDelivery(delivery as DeliveryPolicy, "The exporter mine");
  expect(check).toThrow(ConfigError);
  expect(check).toThrow(`The exporter mine cannot be made: ${fault}`);
});
