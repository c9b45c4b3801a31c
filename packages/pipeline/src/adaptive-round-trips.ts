/** The answers to calls that were made under one limit. Milliseconds. */
interface RoundTripSample {
  /** When the last of them came. */
  readonly at: number;
  readonly meanMs: number;
  /** How far the mean may be off by chance: the standard error. */
  readonly errorMs: number;
}

/** `longer`: not enough to be taken for slow, and too much to go on as if nothing was. */
export type RoundTripVerdict = "first" | "usual" | "longer" | "slow";

/** Knows what is usual, as far back as it counts. */
export interface RoundTrips {
  /** Compares with what is usual, and then learns from it. */
  judge(sample: RoundTripSample): RoundTripVerdict;
}

/** The share of what is new in a moving average (EWMA). */
const alpha = 0.4;
/**
 * Its share when it is longer than usual. Longer round trips are most often the doing of a limit that was just raised: if
 * they were taken for usual at once, the limit would follow its own traces, up and up.
 */
const creepingAlpha = alpha / 20;

/** What was learned so long ago says little about now. */
const forgottenAfterMs = 600_000;
/** What a clock that shows whole milliseconds cannot tell apart. */
const clockStepMs = 1;
/** A round trip that is longer by less is as good as usual, however steady it was before. */
const leastToleratedShare = 0.1;
/** What is not known at first: how much a mean differs from the next. */
const firstDeviationShare = 1 / 8;
/** One sample counts for no more than that many usual ones: a clock was put forward, or a machine slept. */
const mostCounted = 4;

interface Known {
  readonly at: number;
  readonly usualMs: number;
  readonly deviationMs: number;
  readonly wasSlow: boolean;
}

/** @param deviationScale how many deviations more than usual are not yet slow */
export function createRoundTrips(deviationScale: number): RoundTrips {
  let known: Known | undefined;

  return {
    judge({ at, meanMs, errorMs }) {
      // A clock that was set back tells no age.
      if (known === undefined || at - known.at > forgottenAfterMs || at < known.at) {
        const deviationMs = Math.max(errorMs, meanMs * firstDeviationShare);
        known = { at, usualMs: meanMs, deviationMs, wasSlow: false };
        return "first";
      }
      const { usualMs, deviationMs, wasSlow } = known;
      const toleratedMs = Math.max(
        deviationScale * Math.max(deviationMs, errorMs),
        leastToleratedShare * usualMs,
        clockStepMs,
      );
      const countedMs = Math.min(meanMs, mostCounted * usualMs + clockStepMs);
      const isSlow = meanMs > usualMs + toleratedMs;
      // Still slow with fewer calls at once: so it was not their number, and this is what is usual now.
      const isUsualNow = meanMs < usualMs || (isSlow && wasSlow);
      known = {
        at,
        usualMs: usualMs + (isUsualNow ? alpha : creepingAlpha) * (countedMs - usualMs),
        deviationMs: deviationMs + alpha * (errorMs - deviationMs),
        wasSlow: isSlow,
      };
      if (isSlow) return "slow";
      return meanMs > usualMs + toleratedMs / 2 ? "longer" : "usual";
    },
  };
}
