import type { Clock } from "../clock.ts";

/** A clock on which nobody waits any longer once there is hurry. */
export interface UrgentClock extends Clock {
  /** Ends every wait at once. From then on waits that would last beyond `until`, in milliseconds since 1970, reject. */
  hurry(until: number): void;
}

export function urgentClock(clock: Clock): UrgentClock {
  const urgency = new AbortController();
  let endsAt = Number.POSITIVE_INFINITY;
  return {
    now: () => clock.now(),
    async sleep(ms, { signal }) {
      if (clock.now() + ms > endsAt) throw new Error(`There is no time left to wait for ${ms} ms.`);
      if (urgency.signal.aborted) return await clock.sleep(ms, { signal });
      const waits = signal ? AbortSignal.any([signal, urgency.signal]) : urgency.signal;
      await clock.sleep(ms, { signal: waits }).catch((reason) => {
        signal?.throwIfAborted();
        if (!urgency.signal.aborted) throw reason;
      });
    },
    hurry(until) {
      endsAt = until;
      urgency.abort();
    },
  };
}
