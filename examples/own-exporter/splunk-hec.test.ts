// Holds the exporter to what loghook counts on. Run it with `npx vitest run`.
//
//   npm install --save-dev @loghook/pipeline @loghook/testkit vitest
import { RecordsRejectedError } from "@loghook/pipeline";
import { exporterContract, startWebhook, status, testBatch, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { splunkHec } from "./splunk-hec.ts";

const exporterTo = (url: string) =>
  splunkHec.create(splunkHec.config.parse({ url, token: "a-token" }), testSettings());
const { signal } = new AbortController();

exporterContract("splunk_hec", exporterTo);

test("sends events as the collector wants them", async () => {
  await using splunk = await startWebhook();
  await using exporter = await exporterTo(splunk.url);
  const batch = testBatch(2);
  await exporter.export(batch, { signal });
  const [request] = splunk.requests;
  expect(request).toMatchObject({ path: "/services/collector/event", method: "POST" });
  expect(request?.headers.authorization).toBe("Splunk a-token");
  const events = String(request?.body)
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toEqual(
    batch.map(({ hrTime, body }) => ({ time: hrTime[0], sourcetype: "auth0", event: body })),
  );
});

test.for([
  { code: 6, text: "Invalid data format", isAboutTheData: true },
  { code: 7, text: "Incorrect index", isAboutTheData: false },
])("400 with $text: about the data is $isAboutTheData", async ({ code, text, isAboutTheData }) => {
  await using splunk = await startWebhook({ answer: status(400, {}, JSON.stringify({ code, text })) });
  await using exporter = await exporterTo(splunk.url);
  const error = await exporter.export(testBatch(1), { signal }).catch((thrown: unknown) => thrown);
  expect(error instanceof RecordsRejectedError).toBe(isAboutTheData);
  expect(String(error)).toContain(text);
});
