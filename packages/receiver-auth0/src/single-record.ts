import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { Auth0Config } from "./config.ts";
import { parsePage } from "./parse-page.ts";
import { createToLogRecord, toHrTime } from "./to-log-record.ts";

/** The settings of a receiver that its records carry. */
export type RecordOrigin = Pick<Auth0Config, "domain" | "resourceAttributes">;

/**
 * The record that a receiver makes of one entry, without reading it anywhere: for tests of what comes behind it.
 *
 * @param entry as JSON, in which large numbers are exact
 * @throws RetryableError when the text is not JSON
 */
export function toLogRecord(entry: string, origin: RecordOrigin): ReadableLogRecord {
  const [page] = parsePage(`[${entry}]`, origin.domain);
  if (!page) throw new TypeError("An empty text is no entry.");
  return createToLogRecord(origin)(page, toHrTime(Date.now()));
}
