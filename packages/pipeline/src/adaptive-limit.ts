import { createRoundTrips } from "./adaptive-round-trips.ts";
import type { Clock } from "./clock.ts";
import type { AdaptiveConcurrency } from "./component.ts";
import type { ConcurrencyLimit } from "./limiting.ts";

/** A call that has begun. */
export interface BegunCall {
  readonly at: number;
  readonly round: object;
  /** How many were in flight, itself among them. */
  readonly inFlight: number;
  /** How often the limit had been lowered. */
  readonly lowered: number;
}

/** From one look at the limit to the next. Only answers to calls that began in it count: the others had another limit. */
interface Round {
  readonly since: number;
  answers: number;
  totalMs: number;
  totalSquaredMs: number;
  /** What calls that were pushed back have cost, in calls. */
  pushedBack: number;
  /** Whether as many calls were in flight as the limit allows. If not, its answers say nothing about the limit. */
  isFull: boolean;
}

export interface AdaptiveLimitOptions extends AdaptiveConcurrency {
  /** What the limit never exceeds. A whole number from 1. */
  readonly max: number;
  readonly clock: Clock;
  onChange?(limit: number): void;
}

/** A limit that follows what becomes of calls. Each that begins ends once, in one of three ways. */
export interface AdaptiveLimit extends ConcurrencyLimit {
  begin(): BegunCall;
  /** The destination dealt with it, in its time. */
  answered(call: BegunCall): void;
  /** The destination could not take it now. */
  pushedBack(call: BegunCall, retryAfterMs?: number): void;
  /** In a way that says nothing about how many calls the destination can take. */
  ended(call: BegunCall): void;
}

/** The mean of fewer is too much a matter of chance. */
const leastAnswers = 10;
/** A high limit is raised by a share, so that it is not chance alone which lowers it. */
const raisedByShare = 1 / 20;
/** Until the first sign that it is too high, the limit is raised by this share. */
const searchedByShare = 1 / 2;
/** Failures for other reasons than the number of calls are below this share, it is hoped. */
const mostPushedBackShare = 1 / 10;
/** Who says when to come back lets nothing pass until then. That is too dear to be tried again soon. */
const leastHoldMs = 30_000;
const holdPerRetryAfter = 10;
/** A round that takes longer held a pause. */
const longestRoundMs = 600_000;

/**
 * Finds how many calls at once a destination can take: additive increase, multiplicative decrease, on round trips and
 * push-back, in the way of
 * https://github.com/vectordotdev/vector/blob/master/rfcs/2020-04-06-1858-automatically-adjust-request-limits.md
 *
 * It is raised at the end of a round in which it was reached and round trips were as usual; lowered to a share of itself
 * when they were longer than that by more than they differ anyway; and lowered to a share of the number at which a call
 * was pushed back. A call that was alone in flight says nothing: it cannot be fewer.
 */
export function adaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  const { max, decreaseRatio, rttDeviationScale, clock } = options;
  const roundTrips = createRoundTrips(rttDeviationScale);
  const stragglers = watchStragglers();
  let limit = Math.min(options.initial, max);
  let inFlight = 0;
  let usualMs = 0;
  let round = newRound();
  let lowered = 0;
  let isSearching = true;
  let beforeRaise = limit;
  let ceiling = { at: Number.POSITIVE_INFINITY, since: 0, holdMs: 0 };

  function newRound(): Round {
    const nothing = { answers: 0, totalMs: 0, totalSquaredMs: 0, pushedBack: 0 };
    return { ...nothing, since: clock.now(), isFull: false };
  }

  function setLimit(next: number): void {
    const was = limit;
    limit = Math.min(Math.max(1, Math.floor(next)), max);
    if (limit < was) lowered += 1;
    if (limit !== was) options.onChange?.(limit);
  }

  function raise(): void {
    if (stragglers.isAnybodyLate(clock.now())) return;
    beforeRaise = limit;
    const wanted = limit + Math.ceil(limit * (isSearching ? searchedByShare : raisedByShare));
    setLimit(Math.max(limit, Math.min(wanted, heldAt() - 1)));
  }

  /** The number of calls that is not to be tried again yet. */
  function heldAt(): number {
    const heldMs = clock.now() - ceiling.since;
    return heldMs >= 0 && heldMs < ceiling.holdMs ? ceiling.at : Number.POSITIVE_INFINITY;
  }

  function endRound({ since, answers, totalMs, totalSquaredMs, isFull }: Round): void {
    const at = clock.now();
    round = newRound();
    if (!isFull || at < since || at - since > longestRoundMs) return;
    const meanMs = totalMs / answers;
    const variance = Math.max(0, totalSquaredMs / answers - meanMs ** 2);
    usualMs = meanMs;
    const verdict = roundTrips.judge({ at, meanMs, errorMs: Math.sqrt(variance / (answers - 1)) });
    if (verdict === "usual") raise();
    if (verdict !== "slow") return;
    setLimit(isSearching ? beforeRaise : limit * decreaseRatio);
    isSearching = false;
  }

  return {
    get current() {
      return limit;
    },
    begin() {
      inFlight += 1;
      if (inFlight >= limit) round.isFull = true;
      const call = { at: clock.now(), round, inFlight, lowered };
      stragglers.begun(call);
      return call;
    },
    answered(call) {
      const rttMs = clock.now() - call.at;
      inFlight -= 1;
      stragglers.answered(call, rttMs);
      // A clock that was set back has measured nothing.
      if (call.round !== round || rttMs < 0) return;
      round.answers += 1;
      round.totalMs += rttMs;
      round.totalSquaredMs += rttMs ** 2;
      if (round.answers >= Math.max(limit, leastAnswers)) endRound(round);
    },
    pushedBack(call, retryAfterMs = Number.NaN) {
      const now = clock.now();
      inFlight -= 1;
      stragglers.ended(call);
      if (call.inFlight === 1) return;
      if (Number.isFinite(retryAfterMs)) {
        const holdMs = Math.max(leastHoldMs, holdPerRetryAfter * retryAfterMs);
        ceiling = { at: Math.min(heldAt(), call.inFlight), since: now, holdMs };
      }
      // Once for all that were made under the same limit.
      if (call.lowered !== lowered) return;
      // One that has timed out has cost as much as many that were refused at once.
      round.pushedBack += Math.max(1, usualMs > 0 ? (now - call.at) / usualMs : 1);
      const isByChance = round.pushedBack < Math.floor(limit * mostPushedBackShare);
      if (isByChance && !Number.isFinite(retryAfterMs)) return;
      isSearching = false;
      round = newRound();
      // What failed with few others may have failed for another reason.
      setLimit(Math.min(limit, Math.max(call.inFlight * decreaseRatio, limit / 2)));
    },
    ended(call) {
      inFlight -= 1;
      stragglers.ended(call);
    },
  };
}

/** How much longer than the longest that was answered lately is late. */
const lateness = 2;
/** How much of the longest is left at each look. */
const fading = 0.98;
/** Who is later than this is not coming any more. */
const lostAfterMs = 600_000;

/**
 * Knows whether a call is out for far longer than any that was answered: it will time out, which is told late. Until
 * then others go on as usual, and the limit would be raised over and over.
 */
function watchStragglers() {
  // In the order in which they began.
  const calls = new Set<BegunCall>();
  let longestMs = 0;
  return {
    begun: (call: BegunCall): unknown => calls.add(call),
    answered(call: BegunCall, rttMs: number): void {
      calls.delete(call);
      longestMs = Math.max(longestMs, rttMs);
    },
    ended: (call: BegunCall): unknown => calls.delete(call),
    isAnybodyLate(now: number): boolean {
      longestMs *= fading;
      const [oldest] = calls;
      if (oldest === undefined) return false;
      const outMs = now - oldest.at;
      if (outMs > lostAfterMs) calls.delete(oldest);
      return outMs > lateness * longestMs;
    },
  };
}
