import type { LogBatch } from "./component.ts";

interface ErrorOptions {
  readonly cause?: unknown;
  /** What a person can do about it, as a sentence. */
  readonly remedy?: string | undefined;
}

/** The same symbol in every copy of this module. */
const brand: unique symbol = Symbol.for("@loghook/error") as never;

/**
 * Every error that loghook throws on purpose. Match `code`, never the message.
 *
 * `instanceof` holds across copies of this package, too: a component may have brought its own, and what its errors ask
 * for is to be done all the same. Classes are then told by their names.
 */
export abstract class LoghookError extends Error {
  abstract readonly code: string;
  readonly remedy: string | undefined;
  readonly [brand] = true;

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: each subclass asks for itself
    return value instanceof Error && brand in value && classNames(value).includes(this.name);
  }

  constructor(message: string, { cause, remedy }: ErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
  }
}

function classNames(value: object): string[] {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null ? [] : [prototype.constructor.name, ...classNames(prototype)];
}

/** The same call may work later. The caller waits and calls again. */
export class RetryableError extends LoghookError {
  override readonly name = "RetryableError";
  readonly code = "RETRYABLE";
  /** What the other side asked for: do not come back sooner. Milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The records that were not taken, where the others of the batch were. Undefined: none was taken. */
  readonly records: LogBatch | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined; records?: LogBatch | undefined } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.records = options.records;
  }
}

/** The destination finds the request too large. The caller sends the records in smaller batches. */
export class BatchTooLargeError extends LoghookError {
  override readonly name = "BatchTooLargeError";
  readonly code = "BATCH_TOO_LARGE";
}

/**
 * The destination refused the data and would refuse it again. Where `records` is more than one, the caller finds out
 * which of them by sending fewer; a record that is refused alone is never sent again.
 */
export class RecordsRejectedError extends LoghookError {
  override readonly name = "RecordsRejectedError";
  readonly code = "RECORDS_REJECTED";
  /** The refused ones; the others of the batch were taken. */
  readonly records: LogBatch;

  constructor(message: string, options: ErrorOptions & { records: LogBatch }) {
    super(message, options);
    this.records = options.records;
  }
}

/** The destination refuses everybody's data: address, credentials or method are wrong. Retried slowly, and alerted. */
export class DestinationRefusedError extends LoghookError {
  override readonly name = "DestinationRefusedError";
  readonly code = "DESTINATION_REFUSED";
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number | undefined } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The source refuses us, and only a person can change that: credentials, a missing scope, a refused checkpoint. */
export class SourceRefusedError extends LoghookError {
  override readonly name = "SourceRefusedError";
  readonly code = "SOURCE_REFUSED";
}

/** The config cannot be used. Nothing was started. */
export class ConfigError extends LoghookError {
  override readonly name = "ConfigError";
  readonly code = "CONFIG_INVALID";
}

/** The place for checkpoints and history cannot be used. Nothing was started, or the lane stops reading. */
export class StorageError extends LoghookError {
  override readonly name = "StorageError";
  readonly code = "STORAGE_UNUSABLE";
}
