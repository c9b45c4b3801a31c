import { addAbortListener } from "node:events";
import { untilAborted } from "@loghook/pipeline";

/** Someone who waits for an outcome. */
export interface Waiting {
  readonly signal: AbortSignal;
}

/** Work that several callers wait for together. */
export interface SharedWork<T, W extends Waiting> {
  /** Done, failed, or abandoned by everybody: there is nothing to join any more. */
  readonly isOver: boolean;
  /** Waits for the outcome. Rejects with the signal's reason when it aborts first; the others go on waiting. */
  join(one: W): Promise<T>;
}

/** What the work is given. */
export interface WorkOptions<W extends Waiting> {
  /** Aborts when the last of those who joined has left. */
  readonly signal: AbortSignal;
  /** Says something to everybody who waits. Who joins later is told the last thing that was said. */
  tell(say: (one: W) => void): void;
}

/** Begins the work at once. */
export function shareWork<T, W extends Waiting>(
  work: (options: WorkOptions<W>) => Promise<T>,
): SharedWork<T, W> {
  const controller = new AbortController();
  const waiting = new Set<{ readonly one: W }>();
  let lastSaid: ((one: W) => void) | undefined;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  const outcome = work({
    signal: controller.signal,
    tell(say) {
      lastSaid = say;
      for (const { one } of waiting) say(one);
    },
  });
  // Whoever joined hears of a failure. Where nobody is left, it would count as unhandled without this.
  outcome.then(end, end);
  return {
    get isOver() {
      return isOver;
    },
    async join(one) {
      const place = { one };
      const leave = (): void => {
        waiting.delete(place);
        if (waiting.size > 0 || isOver) return;
        end();
        controller.abort();
      };
      waiting.add(place);
      // At once: work that nobody waits for any more must not take another step.
      using _leaving = addAbortListener(one.signal, leave);
      try {
        lastSaid?.(one);
        return await untilAborted(outcome, one.signal);
      } finally {
        leave();
      }
    },
  };
}
