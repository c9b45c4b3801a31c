import type { Clock } from "@loghook/pipeline";

/** A clock that stands still until it is moved. Everybody who sleeps on it wakes in the order of their times. */
export interface ManualClock extends Clock {
  /** Moves the time and wakes who is due. */
  advance(ms: number): void;
  /** Resolves when somebody sleeps, with the time left until the first of them is due. */
  nextSleep(): Promise<number>;
}

interface Sleeper {
  readonly dueAt: number;
  wake(): void;
}

/** @param startAt milliseconds since 1970; default 2026-03-02T09:00:00Z */
export function manualClock(startAt: number = Date.UTC(2026, 2, 2, 9)): ManualClock {
  let now = startAt;
  const sleepers = new Set<Sleeper>();
  let slept = Promise.withResolvers<void>();

  return {
    now: () => now,
    sleep(ms, { signal }) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper: Sleeper = { dueAt: now + ms, wake: resolve };
      const onAbort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      sleepers.add(sleeper);
      slept.resolve();
      return promise.finally(() => {
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", onAbort);
      });
    },
    advance(ms) {
      now += ms;
      const due = [...sleepers].filter((sleeper) => sleeper.dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
    async nextSleep() {
      while (sleepers.size === 0) {
        slept = Promise.withResolvers();
        await slept.promise;
      }
      return Math.min(...[...sleepers].map((sleeper) => sleeper.dueAt)) - now;
    },
  };
}
