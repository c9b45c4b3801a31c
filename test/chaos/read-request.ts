import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";
import { exactValue } from "./exact-text.ts";
import type { LanePlan } from "./plan.ts";

/** Made up, for the tests alone. */
export const signingSecret = `whsec_${Buffer.from("a secret of the oracle harness").toString("base64")}`;

/** An entry as a request carried it. */
export interface CarriedEntry {
  readonly logId: string;
  /** As `exactText` writes it. */
  readonly text: string;
}

/** Takes a request apart, by what the formats and Standard Webhooks say. @throws when it is none of the lane's. */
export function readRequest(raw: Buffer, headers: IncomingHttpHeaders, lane: LanePlan): CarriedEntry[] {
  const body = headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
  if ((headers["content-encoding"] === "gzip") !== (lane.compression === "gzip")) {
    throw new Error(`content-encoding is ${headers["content-encoding"]}`);
  }
  if (lane.isSigned) checkSignature(body, headers);
  const items = itemsOf(body.toString("utf8"), lane);
  const entries =
    lane.format === "auth0_log_stream" || lane.format === "cloudevents" ? items.map(dataOf) : items;
  const limit = lane.sendAsBatch ? lane.maxBatchSize : 1;
  if (entries.length === 0 || entries.length > limit)
    throw new Error(`${entries.length} entries in a request`);
  return entries.map((entry) => ({
    logId: String((entry as { log_id?: unknown }).log_id),
    text: JSON.stringify(entry),
  }));
}

function itemsOf(text: string, { format, sendAsBatch }: LanePlan): unknown[] {
  if (format === "json_lines") return text.trimEnd().split("\n").map(exactValue);
  const value = exactValue(text);
  if (Array.isArray(value) !== sendAsBatch)
    throw new Error(`the body is ${Array.isArray(value) ? "an" : "no"} array`);
  return Array.isArray(value) ? value : [value];
}

/** What is around it must name the same entry. */
function dataOf(item: unknown): unknown {
  const { data, ...around } = item as { data: { log_id?: unknown }; log_id?: unknown; id?: unknown };
  const id = around.log_id ?? around.id;
  if (id !== data.log_id) throw new Error(`an envelope of ${String(id)} around ${String(data.log_id)}`);
  return data;
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#verifying-signatures */
function checkSignature(body: Buffer, headers: IncomingHttpHeaders): void {
  const key = Buffer.from(signingSecret.slice("whsec_".length), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`;
  const expected = createHmac("sha256", key).update(signed).update(body).digest("base64");
  if (headers["webhook-signature"] !== `v1,${expected}`) throw new Error("the signature is wrong");
}
