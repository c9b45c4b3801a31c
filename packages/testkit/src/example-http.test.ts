import {
  BatchTooLargeError,
  DestinationRefusedError,
  type Exporter,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { exporterContract, startWebhook, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";

/** What you want to test: something of yours that delivers records. */
function createMyExporter(url: string): Exporter {
  return {
    async export(batch, { signal }) {
      if (batch.length === 0) return;
      const body = JSON.stringify(batch.map((record) => record.body));
      const headers = { "user-agent": "my-exporter" };
      const response = await fetch(url, { method: "POST", headers, body, signal }).catch((cause) => {
        throw signal.aborted ? cause : new RetryableError(`${url} does not answer.`, { cause });
      });
      await response.body?.cancel();
      if (response.ok) return;
      const message = `${url} answered ${response.status}.`;
      // Sent again in smaller parts.
      if (response.status === 413) throw new BatchTooLargeError(message);
      // These records would be refused again. What was sent with them is told from them by sending fewer.
      if (response.status === 400) throw new RecordsRejectedError(message, { records: batch });
      // Nobody's data is wrong, the address or the credentials are: retried slowly, and alerted.
      if ([401, 403, 404].includes(response.status)) throw new DestinationRefusedError(message);
      throw new RetryableError(message);
    },
    async [Symbol.asyncDispose]() {},
  };
}

exporterContract("my exporter", createMyExporter);

test("says who it is", async () => {
  await using webhook = await startWebhook();
  await using exporter = createMyExporter(webhook.url);
  await exporter.export(testBatch(3), { signal: AbortSignal.timeout(5000) });
  expect(webhook.requests[0]?.headers["user-agent"]).toBe("my-exporter");
});
