import { type LogBatch, sourceJson } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { cloudEvent } from "./cloud-event.ts";
import type { WebhookFormat } from "./config.ts";
import { recordId } from "./webhook-id.ts";

export interface EncodedRequest {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface EncodeOptions {
  readonly format: WebhookFormat;
  /** True: an array, also of one record. False: the one record by itself. */
  readonly asArray: boolean;
}

interface Encoding {
  readonly contentType: { readonly single: string; readonly array: string };
  item(record: ReadableLogRecord, entry: string): string;
}

const json = { single: "application/json", array: "application/json" };

const encodings: Record<WebhookFormat, Encoding> = {
  json: { contentType: json, item: (_record, entry) => entry },
  json_lines: {
    contentType: { single: "application/x-ndjson", array: "application/x-ndjson" },
    item: (_record, entry) => `${entry}\n`,
  },
  auth0_log_stream: {
    contentType: json,
    item: (record, entry) => `{"log_id":${JSON.stringify(recordId(record))},"data":${entry}}`,
  },
  cloudevents: {
    contentType: { single: "application/cloudevents+json", array: "application/cloudevents-batch+json" },
    item: cloudEvent,
  },
};

/**
 * Writes the records as a body: of each what its source wrote, where that is known, else what JSON.stringify makes of it.
 *
 * @throws {TypeError} when a record's body has no JSON form: a BigInt or a circle in it
 */
export function encodeRequest(batch: LogBatch, { format, asArray }: EncodeOptions): EncodedRequest {
  const { contentType, item } = encodings[format];
  // As the source wrote it there may be line breaks in it.
  const isLine = format === "json_lines";
  const items = batch.map((record) =>
    item(record, (isLine ? undefined : sourceJson(record)) ?? jsonOf(record)),
  );
  const bracketed = asArray && !isLine;
  return {
    contentType: asArray ? contentType.array : contentType.single,
    body: Buffer.from(bracketed ? `[${items.join(",")}]` : items.join("")),
  };
}

function jsonOf({ body }: ReadableLogRecord): string {
  return JSON.stringify(body) ?? "null";
}
