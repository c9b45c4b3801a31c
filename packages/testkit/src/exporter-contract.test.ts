import {
  DestinationRefusedError,
  type Exporter,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { exporterContract } from "./exporter-contract.ts";

/** The least that an exporter can be: one request with the bodies of the batch as JSON. */
function smallExporter(url: string): Exporter {
  return {
    async export(batch, { signal }) {
      if (batch.length === 0) return;
      const body = JSON.stringify(batch.map((record) => record.body));
      const response = await fetch(url, { method: "POST", body, signal }).catch((cause: unknown) => {
        throw new RetryableError("The destination did not answer.", { cause });
      });
      if (response.ok) return;
      const message = `The destination answered ${response.status}.`;
      if ([400, 413].includes(response.status)) throw new RecordsRejectedError(message, { records: batch });
      if ([401, 404].includes(response.status)) throw new DestinationRefusedError(message);
      throw new RetryableError(message);
    },
    async [Symbol.asyncDispose]() {},
  };
}

exporterContract("a small exporter", smallExporter);
