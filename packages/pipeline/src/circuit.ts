import type { Clock } from "./clock.ts";
import type { Exporter, ExportOptions, LogBatch } from "./component.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "./errors.ts";
import { divide, letsOthersGoFirst, nextDelayMs, notMadeYet, type RetryPolicy } from "./retrying.ts";
import type { ExporterEvent } from "./telemetry.ts";
import { untilAborted } from "./until-aborted.ts";
import { whenAborted } from "./when-aborted.ts";

export interface BreakingOptions {
  /** The exporter, as the config names it. */
  readonly id: string;
  /** How the waits between probes grow. */
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  emit(event: ExporterEvent): void;
}

/** A destination that has failed this often without a success in between is not asked by everybody any more. */
const maxFailuresInRow = 5;

type Failure = RetryableError | DestinationRefusedError;

/** From the failure that opened the circuit to the sign of life that closes it. */
interface Opening {
  /** The first of the failures that led to it. */
  readonly since: number;
  /** What failed last. */
  readonly error: Failure;
  readonly failedProbes: number;
  readonly scheduledAt: number;
  readonly probeAt: number;
}

/** A call that was let in. */
interface Call {
  /** How often the circuit had opened or closed by then. */
  readonly begunIn: number;
  /** Undefined: it was closed. */
  readonly probing: PromiseWithResolvers<void> | undefined;
}

/**
 * A circuit breaker, for all lanes of an exporter (https://martinfowler.com/bliki/CircuitBreaker.html). While the
 * destination is down it is asked by one call at a time, at the pace of the retries; the others fail at once with what
 * failed last, and a `retryAfterMs` that leads them to the next such call. So who retries outside keeps its own time.
 *
 * Opens after five failures in a row, and at once where the destination says when to come back. One refusal says little:
 * there may be something in that one request which a firewall does not let through. So the next probe is made with
 * another call than the last one, where there is another. Any sign that it deals with what it is sent closes it: a success, also of a part; a refusal of certain records.
 */
export function breaking(exporter: Exporter, { id, policy, clock, emit }: BreakingOptions): Exporter {
  let inRow = { failures: 0, since: 0 };
  let opening: Opening | undefined;
  let probe: PromiseWithResolvers<void> | undefined;
  /** Counts openings and closings: a call that began before the last of them says little about what came after. */
  let turns = 0;

  /** Resolves when the call may be made. Rejects when it is to fail at once. */
  async function enter(signal: AbortSignal): Promise<Call> {
    signal.throwIfAborted();
    while (probe !== undefined) await untilAborted(probe.promise, signal);
    if (opening === undefined) return { begunIn: turns, probing: undefined };
    if (!isDue(opening, clock.now())) throw failingFast(opening, clock.now());
    probe = Promise.withResolvers();
    return { begunIn: turns, probing: probe };
  }

  /** The probe has told what it can. Those who wait for it look again. */
  function endProbe(ended: Call["probing"]): void {
    if (probe === ended) probe = undefined;
    ended?.resolve();
  }

  function noteLife({ begunIn }: Call): void {
    if (inRow.failures > 0) inRow = { failures: 0, since: 0 };
    // Who was let in before the others were asked to come later does not change that.
    if (opening === undefined || (begunIn !== turns && asksToWait(opening.error))) return;
    const { since } = opening;
    opening = undefined;
    turns += 1;
    endProbe(probe);
    emit({ type: "circuit.closed", exporter: id, since });
  }

  function noteFailure(error: Failure, { begunIn }: Call): void {
    if (begunIn !== turns) return;
    const now = clock.now();
    if (opening !== undefined) {
      opening = nextOpening(error, { since: opening.since, failedProbes: opening.failedProbes + 1 });
      return;
    }
    inRow = { failures: inRow.failures + 1, since: inRow.failures === 0 ? now : inRow.since };
    if (!asksToWait(error) && inRow.failures < maxFailuresInRow) return;
    opening = nextOpening(error, { since: inRow.since, failedProbes: 0 });
    turns += 1;
    const { since, probeAt } = opening;
    emit({ type: "circuit.opened", exporter: id, error, since, probeAt });
  }

  function nextOpening(error: Failure, soFar: Pick<Opening, "since" | "failedProbes">): Opening {
    const scheduledAt = clock.now();
    const delayMs = nextDelayMs(error, policy, soFar.failedProbes + 1);
    return { ...soFar, error, scheduledAt, probeAt: scheduledAt + Math.ceil(delayMs) };
  }

  function noteError(error: unknown, { call, batch, signal }: FailedCall): void {
    if (isSignOfLife(error, batch)) noteLife(call);
    else if (isFailure(error) && !signal.aborted) {
      noteFailure(error, call);
      if (call.probing) letsOthersGoFirst.add(error);
    }
  }

  /** The way of nearly every call. */
  async function pass(batch: LogBatch, options: ExportOptions): Promise<void> {
    options.signal.throwIfAborted();
    const call = { begunIn: turns, probing: undefined };
    try {
      await exporter.export(batch, options);
    } catch (error) {
      noteError(error, { call, batch, signal: options.signal });
      throw error;
    }
    noteLife(call);
  }

  async function passWhenItMay(batch: LogBatch, options: ExportOptions): Promise<void> {
    const { signal } = options;
    const call = await enter(signal);
    // Others need not wait for an exporter that does not heed its signal.
    const forget = call.probing && whenAborted(signal, () => endProbe(call.probing));
    try {
      await exporter.export(batch, options);
      noteLife(call);
    } catch (error) {
      noteError(error, { call, batch, signal });
      throw error;
    } finally {
      forget?.();
      endProbe(call.probing);
    }
  }

  return {
    export: (batch, options) =>
      opening === undefined && probe === undefined ? pass(batch, options) : passWhenItMay(batch, options),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

interface FailedCall {
  readonly call: Call;
  readonly batch: LogBatch;
  readonly signal: AbortSignal;
}

function isFailure(error: unknown): error is Failure {
  return error instanceof RetryableError || error instanceof DestinationRefusedError;
}

/** An own component may have read it from a header that says nothing of the kind. */
function asksToWait({ retryAfterMs }: Failure): boolean {
  return Number.isFinite(retryAfterMs);
}

/** Whether the destination deals with what it is sent, although not with all of it, and has not asked to be left alone. */
function isSignOfLife(error: unknown, batch: LogBatch): boolean {
  if (error instanceof RecordsRejectedError || error instanceof BatchTooLargeError) return true;
  return error instanceof RetryableError && !asksToWait(error) && divide(batch, error).taken.length > 0;
}

/** How long it takes nobody knows any more when the clock was set back. */
function isDue({ scheduledAt, probeAt }: Opening, now: number): boolean {
  return now >= probeAt || now < scheduledAt;
}

/** A timer may be early by a fraction of what a clock shows. Who came too early would fail, and wait once more. */
const timerSlackMs = 2;

function failingFast({ error, probeAt }: Opening, now: number): Failure {
  const { message, remedy } = error;
  const options = { cause: error, remedy, retryAfterMs: probeAt - now + timerSlackMs };
  const failure =
    error instanceof DestinationRefusedError
      ? new DestinationRefusedError(message, options)
      : new RetryableError(message, options);
  notMadeYet.add(failure);
  return failure;
}
