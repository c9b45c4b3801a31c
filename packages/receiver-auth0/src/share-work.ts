/** Work that several callers wait for together. */
export interface SharedWork<T> {
  /** Done, failed, or abandoned by everybody: there is nothing to join any more. */
  readonly isOver: boolean;
  /** Waits for the outcome. Rejects with the signal's reason when it aborts first; the others go on waiting. */
  join(signal: AbortSignal): Promise<T>;
}

/** Begins the work at once. Its own signal aborts when the last of those who joined has left. */
export function shareWork<T>(work: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
  const controller = new AbortController();
  const outcome = work(controller.signal);
  let waiting = 0;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  // Whoever joined hears of a failure. Where nobody is left, it would count as unhandled without this.
  outcome.then(end, end);
  return {
    get isOver() {
      return isOver;
    },
    async join(signal) {
      waiting++;
      try {
        return await unlessAborted(outcome, signal);
      } finally {
        waiting--;
        if (waiting === 0) {
          end();
          controller.abort();
        }
      }
    },
  };
}

async function unlessAborted<T>(outcome: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([outcome, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
