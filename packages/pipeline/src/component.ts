import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { ZodType } from "zod";
import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { RetryPolicy } from "./retrying.ts";
import type { RunHistory, Storage, StorageClient } from "./storage.ts";
import type { EventStream, PipelineEvent } from "./telemetry.ts";

/**
 * Records that travel together, oldest first. A record is OpenTelemetry's own, so that every OpenTelemetry log
 * exporter can take it. Its attribute `log.record.uid` names it: unique in its source, the same on every reading.
 */
export type LogBatch = readonly ReadableLogRecord[];

/** A batch as it comes from a receiver, with the way to say that it is dealt with. */
export interface Delivery {
  /** May be empty: what was read held nothing to deliver, and the checkpoint can move over it. */
  readonly batch: LogBatch;
  /** The source knows of nothing newer just now: what is being grouped should go out. */
  readonly caughtUp: boolean;
  /**
   * Settles the first `count` records of this batch (default: all of them) and every delivery before it: the
   * checkpoint moves over them and is durable when the promise resolves. Called by the lane, in order, never for a
   * smaller count than before; deliveries may be skipped, since a later one settles them too.
   */
  ack(count?: number): Promise<void>;
}

export interface ReceiveOptions {
  /** Ends the reading. The iterable then completes without an error, also when it follows. */
  readonly signal: AbortSignal;
  /** Whose checkpoint to read from. Each lane of a receiver has its own. */
  readonly lane: string;
  /** True: wait for new entries, until the signal aborts. False: complete when caught up. */
  readonly follow: boolean;
  /**
   * Resolves with the `log.record.uid` of those of these records that the lane has settled before, as far as the ledger
   * reaches back. For receivers that look again for entries behind the checkpoint, which a source may show late.
   * Undefined: nobody keeps a ledger.
   */
  settledAmong?(batch: LogBatch): Promise<ReadonlySet<string>>;
}

/** A span of a source, by the times of its entries. Milliseconds since 1970; `from` is part of it, `to` is not. */
export interface ListOptions {
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
}

/** Where records come from. */
export interface Receiver extends AsyncDisposable {
  /**
   * Reads on from the lane's checkpoint, oldest first. Pulled by the lane, which stops pulling when the destination is
   * slow, so an implementation may read ahead by a page but not more.
   *
   * Waits out rate limits and passing faults by itself. Rejects with a `RetryableError` when the retries have used up
   * their time, with a `SourceRefusedError` when only a person can help (credentials, scopes, a refused checkpoint).
   */
  receive(options: ReceiveOptions): AsyncIterable<Delivery>;
  /**
   * Lists what the source holds of a span of time, read afresh, each record once and as `receive` gives it out, in the
   * source's order. Uses no checkpoint and moves none. Rejects as `receive` does. Without it there are no audits.
   */
  list?(options: ListOptions): AsyncIterable<LogBatch>;
  /**
   * Resolves with whether the checkpoint of a lane has passed a record, so that `receive` would not give it out any more.
   * Undefined: the lane has no checkpoint. Goes together with `list`.
   */
  passed?(lane: string): Promise<((record: LogBatch[number]) => boolean) | undefined>;
}

/** Which records go on, and in what form. Disposed of with its lane, where it has something to dispose of. */
export interface Processor extends Partial<AsyncDisposable> {
  /**
   * Returns the records to keep, in the order given. May leave records out and may put a changed copy in a record's
   * place; the copy keeps the attribute `log.record.uid`. Never changes a record that it was given: other lanes hold
   * it too. The lane checks what it gets, and fails with a `ComponentError` before anything is sent that would move the
   * checkpoint over records that were not.
   */
  process(batch: LogBatch): LogBatch | Promise<LogBatch>;
  /**
   * True: it only selects, and surely changes nothing in any record. What a record was read from may then be sent on as
   * it is; otherwise a record's body is written anew, so that nothing goes out that was taken out of it. Default: false.
   */
  readonly onlySelects?: boolean;
  /** Why it leaves a record out, as the end of "left out because …"; undefined: it keeps it. For audits. */
  explain?(record: LogBatch[number]): string | undefined;
}

export interface ExportOptions {
  /** Breaks off what is under way. The records then count as not delivered. */
  readonly signal: AbortSignal;
}

/** Where records go. */
export interface Exporter extends AsyncDisposable {
  /**
   * Resolves when the destination has taken every record. Rejects with an error class that names the caller's next
   * act: `RetryableError`, `BatchTooLargeError`, `RecordsRejectedError`, `DestinationRefusedError`. Called again with
   * what was not taken, perhaps in smaller parts, so the destination may see a record twice. May be called again
   * before the last call has settled. Never changes a record: other lanes hold it too.
   *
   * Any other error is a bug of loghook's own exporters, and ends the lane's run. One of an exporter that a config file
   * brings under `components` says nothing about the records; it is taken for a `RetryableError`, with which nothing is
   * lost.
   */
  export(batch: LogBatch, options: ExportOptions): Promise<void>;
}

/** How a lane feeds an exporter. */
export interface DeliveryPolicy {
  /** The most records one `export` call carries. */
  readonly maxBatchSize: number;
  /** The most `export` calls that are under way at once, over all lanes. */
  readonly concurrency: number;
  /** Given: how many calls are under way at once follows how the destination answers, from 1 to `concurrency`. */
  readonly adaptiveConcurrency?: AdaptiveConcurrency | undefined;
  readonly retry: RetryPolicy;
  /** The most `export` calls that are begun in a second, over all lanes. Default: no limit. */
  readonly maxCallsPerSecond?: number | undefined;
  /** What becomes of a record that the destination refuses also when it comes alone. Default: `park`. */
  readonly onRejected?: OnRejected | undefined;
  /**
   * From so many refused records on, one after the other and each on its own, it is taken to be the destination's fault:
   * nothing more is set aside until it takes something. 0: no limit. Default: 100.
   */
  readonly maxRejectedInRow?: number | undefined;
  /** The most records that a lane parks. A lane that has parked so many blocks. Default: 10,000. */
  readonly maxParked?: number | undefined;
}

/**
 * How a limit on calls finds out what a destination can take: raised by one while round trips stay as they are, lowered
 * when they become longer and when the destination cannot take a call.
 */
export interface AdaptiveConcurrency {
  /** The limit at first. A whole number from 1. */
  readonly initial: number;
  /** What the limit is lowered to, as a share of what was too much: above 0, below 1. */
  readonly decreaseRatio: number;
  /** How many of their usual deviations round trips may become longer by without being taken for slow. Above 0. */
  readonly rttDeviationScale: number;
}

/**
 * `park`: it is kept in the storage with the reason, and the lane goes on. `block`: the lane fails, and tries it again and
 * again. `drop`: it is told of and counted, and given up.
 */
export type OnRejected = "park" | "block" | "drop";

/** What the host gives to a component. */
export interface ComponentSettings {
  /** As the config names it: `auth0`, `webhook/backup`. */
  readonly id: string;
  /** The folder of the config file. Modules that a component loads are looked for from here. */
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Keys of this component alone. */
  readonly storage: StorageClient;
  /** Tells reporters, history and progress what happens. */
  readonly emit: (event: PipelineEvent) => void;
}

export interface ReceiverFactory<Config = unknown> {
  readonly kind: "receiver";
  readonly type: string;
  /** What it is, as a sentence for `loghook components` and for editors. */
  readonly description?: string;
  readonly config: ZodType<Config>;
  /** Cron expression: a run at each tick. Undefined: follow the source. */
  schedule?(config: NoInfer<Config>): string | undefined;
  create(config: NoInfer<Config>, settings: ComponentSettings): Receiver | Promise<Receiver>;
}

export interface ProcessorFactory<Config = unknown> {
  readonly kind: "processor";
  readonly type: string;
  /** See `ReceiverFactory`. */
  readonly description?: string;
  readonly config: ZodType<Config>;
  /** Called once for each lane: what a processor remembers, it remembers of one lane. */
  create(config: NoInfer<Config>, settings: ComponentSettings): Processor | Promise<Processor>;
}

export interface ExporterFactory<Config = unknown> {
  readonly kind: "exporter";
  readonly type: string;
  /** See `ReceiverFactory`. */
  readonly description?: string;
  readonly config: ZodType<Config>;
  /** Whole numbers from 1, and waits above 0. Default: `defaultDelivery`. */
  delivery?(config: NoInfer<Config>): DeliveryPolicy;
  create(config: NoInfer<Config>, settings: ComponentSettings): Exporter | Promise<Exporter>;
}

export interface StorageFactory<Config = unknown> {
  readonly kind: "storage";
  readonly type: string;
  /** See `ReceiverFactory`. */
  readonly description?: string;
  readonly config: ZodType<Config>;
  /** Rejects with a `StorageError` when the place is in use by another process or cannot be written. */
  create(
    config: NoInfer<Config>,
    settings: Pick<ComponentSettings, "id" | "logger" | "clock">,
  ): Promise<Storage>;
  /**
   * Opens it for somebody who looks at it while its owner works, or after. Makes nothing and rejects every write, but with
   * `mayRemoveParked` that of parked records. Without it there are no audits, and nothing parked is sent again.
   */
  createReader?(
    config: NoInfer<Config>,
    settings: Pick<ComponentSettings, "id" | "logger" | "clock"> & { readonly mayRemoveParked?: boolean },
  ): Promise<Storage>;
}

/** What a reporter may look at beside the events. */
export interface ReporterSettings extends ComponentSettings {
  readonly events: EventStream;
  readonly runs: RunHistory;
}

/** An extension that listens to the event stream. Disposing it sends what it still has to send. */
export interface ReporterFactory<Config = unknown> {
  readonly kind: "reporter";
  readonly type: string;
  /** See `ReceiverFactory`. */
  readonly description?: string;
  readonly config: ZodType<Config>;
  /** Not async: a reporter hears events from the first one on, and connects to what it needs when it has to. */
  create(config: NoInfer<Config>, settings: ReporterSettings): AsyncDisposable;
}

export type ExtensionFactory = StorageFactory | ReporterFactory;
export type ComponentFactory = ReceiverFactory | ProcessorFactory | ExporterFactory | ExtensionFactory;

type Definition<Factory extends { kind: string }> = Omit<Factory, "kind">;

export function defineReceiver<Config>(
  definition: Definition<ReceiverFactory<Config>>,
): ReceiverFactory<Config> {
  return { kind: "receiver", ...definition };
}

export function defineProcessor<Config>(
  definition: Definition<ProcessorFactory<Config>>,
): ProcessorFactory<Config> {
  return { kind: "processor", ...definition };
}

export function defineExporter<Config>(
  definition: Definition<ExporterFactory<Config>>,
): ExporterFactory<Config> {
  return { kind: "exporter", ...definition };
}

export function defineStorage<Config>(
  definition: Definition<StorageFactory<Config>>,
): StorageFactory<Config> {
  return { kind: "storage", ...definition };
}

export function defineReporter<Config>(
  definition: Definition<ReporterFactory<Config>>,
): ReporterFactory<Config> {
  return { kind: "reporter", ...definition };
}
