import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/** The same for all copies of this package. */
const key = Symbol.for("@loghook/pipeline/source-json");

interface Source {
  readonly body: unknown;
  readonly json: string;
}

/**
 * Makes a record remember the JSON that its body was read from, so that who sends the body on as it came need not write
 * it again. Copies of the record do not remember it.
 */
export function rememberSourceJson(record: ReadableLogRecord, json: string): void {
  const source: Source = { body: record.body, json };
  Object.defineProperty(record, key, { value: source, configurable: true });
}

/** JSON of the record's body, as its source wrote it. Undefined: nobody knows, or it may have been changed since. */
export function sourceJson(record: ReadableLogRecord): string | undefined {
  const source = (record as { readonly [key]?: Source })[key];
  return source !== undefined && source.body === record.body ? source.json : undefined;
}

/** As they are, without what they were read from: for what somebody may have changed in place. */
export function withoutSourceJson(batch: readonly ReadableLogRecord[]): readonly ReadableLogRecord[] {
  return batch.map((record) => (sourceJson(record) === undefined ? record : { ...record }));
}
