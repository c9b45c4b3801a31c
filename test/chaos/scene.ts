type SceneEvent = "tenant" | "webhook received" | "webhook answered";

/** What happens around the process, for whoever waits for it. */
export interface Scene {
  tell(event: SceneEvent): void;
  /** From now on; there is one listener. */
  listen(listener: (event: SceneEvent) => void): void;
  /** Resolves when the condition holds; it is asked whenever something has happened. Rejects when the signal aborts. */
  until(holds: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void>;
}

export function createScene(): Scene {
  let listener: (event: SceneEvent) => void = () => {};
  let happened = Promise.withResolvers<void>();
  return {
    tell(event) {
      listener(event);
      happened.resolve();
      happened = Promise.withResolvers();
    },
    listen(next) {
      listener = next;
    },
    async until(holds, signal) {
      const late = Promise.withResolvers<never>();
      // Nobody may be waiting just then.
      late.promise.catch(() => {});
      const onAbort = (): void => late.reject(new Error("the time is over"));
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
      try {
        for (;;) {
          const { promise } = happened;
          if (await holds()) return;
          await Promise.race([promise, late.promise]);
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}
