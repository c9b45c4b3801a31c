import type { LogBatch } from "./component.ts";

interface ErrorOptions {
  readonly cause?: unknown;
  /** What a person can do about it, as a sentence. */
  readonly remedy?: string | undefined;
}

/** The same symbol in every copy of this module. What it leads to survives a minifier, which a class's name does not. */
const brand: unique symbol = Symbol.for("@loghook/error") as never;

/**
 * Every error that loghook throws on purpose. Match `code`, never the message.
 *
 * `instanceof` holds across copies of this package, too: a component may have brought its own, and what its errors ask
 * for is to be done all the same. The classes here are then told by their codes; those that extend them elsewhere are
 * told as JavaScript tells them.
 */
export abstract class LoghookError extends Error {
  /** The code of the class, for classes that are declared here. */
  static readonly [brand]: string = "LOGHOOK";
  abstract readonly code: string;
  readonly remedy: string | undefined;

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: each subclass asks for itself
    return isInstance(value, this);
  }

  constructor(message: string, { cause, remedy }: ErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
  }
}

function isInstance(value: unknown, asked: typeof LoghookError): boolean {
  if (Function.prototype[Symbol.hasInstance].call(asked, value)) return true;
  return Object.hasOwn(asked, brand) && value instanceof Error && brandsOf(value).includes(asked[brand]);
}

function brandsOf(value: object): unknown[] {
  const prototype: { constructor?: { [brand]?: unknown } } | null = Object.getPrototypeOf(value);
  return prototype === null ? [] : [prototype.constructor?.[brand], ...brandsOf(prototype)];
}

/** The same call may work later. The caller waits and calls again. */
export class RetryableError extends LoghookError {
  static override readonly [brand] = "RETRYABLE";
  override readonly name = "RetryableError";
  readonly code = RetryableError[brand];
  /** What the other side asked for: do not come back sooner. Milliseconds. */
  readonly retryAfterMs: number | undefined;
  /**
   * The records that were not taken, where the others of the batch were. Undefined: none was taken. Records that are not
   * of the batch are ignored; where it names none that is, none was taken.
   */
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
  static override readonly [brand] = "BATCH_TOO_LARGE";
  override readonly name = "BatchTooLargeError";
  readonly code = BatchTooLargeError[brand];
}

/**
 * The destination refused the data and would refuse it again. Where `records` is more than one, the caller finds out
 * which of them by sending fewer; a record that is refused alone is never sent again.
 */
export class RecordsRejectedError extends LoghookError {
  static override readonly [brand] = "RECORDS_REJECTED";
  override readonly name = "RecordsRejectedError";
  readonly code = RecordsRejectedError[brand];
  /** The refused ones; the others of the batch were taken. Where it names none of the batch, all of it is refused. */
  readonly records: LogBatch;
  /** The beginning of what the destination answered, where it answered. */
  readonly answer: string | undefined;

  constructor(message: string, options: ErrorOptions & { records: LogBatch; answer?: string | undefined }) {
    super(message, options);
    this.records = options.records;
    this.answer = options.answer;
  }
}

/** The destination refuses everybody's data: address, credentials or method are wrong. Retried slowly, and alerted. */
export class DestinationRefusedError extends LoghookError {
  static override readonly [brand] = "DESTINATION_REFUSED";
  override readonly name = "DestinationRefusedError";
  readonly code = DestinationRefusedError[brand];
  /** As in `RetryableError`. */
  readonly retryAfterMs: number | undefined;
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

/** The source refuses us, and only a person can change that: credentials, a missing scope, a refused checkpoint. */
export class SourceRefusedError extends LoghookError {
  static override readonly [brand] = "SOURCE_REFUSED";
  override readonly name = "SourceRefusedError";
  readonly code = SourceRefusedError[brand];
}

/** The config cannot be used. Nothing was started. */
export class ConfigError extends LoghookError {
  static override readonly [brand] = "CONFIG_INVALID";
  override readonly name = "ConfigError";
  readonly code = ConfigError[brand];
}

/** The place for checkpoints and history cannot be used. Nothing was started, or the lane stops reading. */
export class StorageError extends LoghookError {
  static override readonly [brand] = "STORAGE_UNUSABLE";
  override readonly name = "StorageError";
  readonly code = StorageError[brand];
}

/**
 * A component does not keep to its contract, or fails with something that says nothing about what is to be done. Only
 * who wrote it can change that. The lane fails, with its checkpoint before what was under way.
 */
export class ComponentError extends LoghookError {
  static override readonly [brand] = "COMPONENT_FAULTY";
  override readonly name = "ComponentError";
  readonly code = ComponentError[brand];
}
