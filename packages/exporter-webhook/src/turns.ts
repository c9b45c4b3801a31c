import pLimit from "p-limit";

/** Lets so many tasks run at once, in the order in which they asked. */
export interface Turns {
  /** Settles as the task does. Rejects when the turns are closed before it began. */
  take(task: () => Promise<void>): Promise<void>;
  /** Rejects all who wait, and resolves when those who have begun are done. */
  close(): Promise<void>;
}

/** @param closedError what to reject with after `close` */
export function createTurns(concurrency: number, closedError: () => Error): Turns {
  const limit = pLimit({ concurrency, rejectOnClear: true });
  const taken = new Set<Promise<void>>();
  let isClosed = false;
  return {
    async take(task) {
      if (isClosed) throw closedError();
      let begun = false;
      const turn = limit(() => {
        begun = true;
        return task();
      });
      taken.add(turn);
      try {
        await turn;
      } catch (error) {
        throw begun ? error : closedError();
      } finally {
        taken.delete(turn);
      }
    },
    async close() {
      isClosed = true;
      limit.clearQueue();
      await Promise.allSettled(taken);
    },
  };
}
