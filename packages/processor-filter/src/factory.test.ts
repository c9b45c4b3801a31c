import { testRecord, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { filterProcessor } from "./factory.ts";

test("a config names it filter", () => {
  expect(filterProcessor).toMatchObject({ kind: "processor", type: "filter" });
});

test("makes the filter that the settings describe", async () => {
  const config = filterProcessor.config.parse({ min_level: "info", types: "s, f", exclude_types: ["fp"] });
  const filter = await filterProcessor.create(config, testSettings());
  const [kept, otherType, tooQuiet] = [
    testRecord(1),
    testRecord(2, { attributes: { "auth0.type": "ss" } }),
    testRecord(3, { severityNumber: 5 }),
  ];
  expect(await filter.process([kept, otherType, tooQuiet])).toEqual([kept]);
});
