import { testRecord, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { redactProcessor } from "./factory.ts";

test("a config names it redact", () => {
  expect(redactProcessor).toMatchObject({ kind: "processor", type: "redact" });
});

test("makes the processor that the settings describe", async () => {
  const config = redactProcessor.config.parse({ rules: [{ path: "description", action: "remove" }] });
  const redact = await redactProcessor.create(config, testSettings());
  const [record] = await redact.process([
    testRecord(1, { body: { type: "f", description: "Wrong password." } }),
  ]);
  expect(record?.body).toEqual({ type: "f" });
});
