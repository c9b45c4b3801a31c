import { backoffMs, type Clock, RetryableError, type RetryPolicy } from "@loghook/pipeline";
import type { BudgetedSend } from "./rate-budget.ts";
import { type SharedWork, shareWork, type WorkOptions } from "./share-work.ts";

/** An attempt to read that has failed. */
export interface ReadFailure {
  readonly error: RetryableError;
  /** 1: the first. */
  readonly attempt: number;
  /** When the next one is made. Milliseconds since 1970. */
  readonly retryAt: number;
}

/** Someone who waits for what is read. */
export interface PatientRead extends BudgetedSend {
  /** Called when an attempt has failed. Who does not want to wait for the next one aborts the signal. */
  onFailure(failure: ReadFailure): void;
}

/** One attempt, made for all who wait. */
export interface ReadAttempt extends BudgetedSend {
  /** Grows with every attempt: which of two was made later. */
  readonly serial: number;
}

/** Reads that callers who want the same share, with the pauses and attempts when it fails. */
export interface SharedReads<Key extends string, T> {
  readonly latestSerial: number;
  /**
   * Reads until it works, the signal aborts, or trying again cannot help.
   *
   * @param options.newerThan what an attempt with this serial or an earlier one finds will not do
   */
  read(key: Key, options: PatientRead & { readonly newerThan: number }): Promise<T>;
}

export interface SharedReadsParts<Key extends string, T> {
  /** Reads once. What it rejects with as a `RetryableError` is tried again, with growing pauses. */
  ask(key: Key, attempt: ReadAttempt): Promise<T>;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
}

interface UnderWay<T> {
  readonly work: SharedWork<T, PatientRead>;
  readonly latest: LatestAttempt;
}

interface LatestAttempt {
  /** Infinity: it has failed, and the next one will be later than any. */
  serial: number;
}

export function createSharedReads<Key extends string, T>(
  parts: SharedReadsParts<Key, T>,
): SharedReads<Key, T> {
  const { ask, policy, clock } = parts;
  const underWay = new Map<Key, UnderWay<T>>();
  let latestSerial = 0;

  function begin(key: Key): UnderWay<T> {
    const latest = { serial: 0 };
    const begun = { latest, work: shareWork<T, PatientRead>((all) => untilRead(key, latest, all)) };
    underWay.set(key, begun);
    return begun;
  }

  async function untilRead(
    key: Key,
    latest: LatestAttempt,
    { signal, tell }: WorkOptions<PatientRead>,
  ): Promise<T> {
    const onThrottled = (until: number): void => tell((one) => one.onThrottled(until));
    for (let attempt = 1; ; attempt++) {
      const serial = ++latestSerial;
      latest.serial = serial;
      try {
        return await ask(key, { signal, onThrottled, serial });
      } catch (error) {
        if (!(error instanceof RetryableError) || signal.aborted) throw error;
        latest.serial = Number.POSITIVE_INFINITY;
        const delayMs = Math.max(backoffMs(policy, attempt), error.retryAfterMs ?? 0);
        const failure = { error, attempt, retryAt: clock.now() + delayMs };
        tell((one) => one.onFailure(failure));
        await clock.sleep(delayMs, { signal });
      }
    }
  }

  return {
    get latestSerial() {
      return latestSerial;
    },
    async read(key, { newerThan, ...one }) {
      const known = underWay.get(key);
      const joined = known && !known.work.isOver && known.latest.serial > newerThan ? known : begin(key);
      try {
        return await joined.work.join(one);
      } finally {
        if (joined.work.isOver && underWay.get(key) === joined) underWay.delete(key);
      }
    },
  };
}
