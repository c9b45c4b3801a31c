import type { Processor } from "@loghook/pipeline";
import type { RedactConfig } from "./config.ts";
import { createRedactRecord } from "./redact-record.ts";

/**
 * Takes what the rules name out of records. Changed records are copies; the others are given on as they are. A record
 * that cannot be redacted makes `process` throw, so that it goes nowhere.
 */
export function createRedactProcessor(config: RedactConfig): Processor {
  const redact = createRedactRecord(config);
  return { process: (batch) => batch.map(redact) };
}
