type Act = (reason: unknown) => void;

const acts = new WeakMap<AbortSignal, Set<Act>>();

/**
 * Calls back once when the signal aborts, at once when it has. For many who wait on few signals: Node.js looks through
 * all listeners of a signal for each one that is added, so they share one here.
 *
 * @returns to be called by who does not wait any more
 */
export function whenAborted(signal: AbortSignal, act: Act): () => void {
  if (signal.aborted) {
    act(signal.reason);
    return () => {};
  }
  const waiting = acts.get(signal) ?? listen(signal);
  waiting.add(act);
  return () => {
    waiting.delete(act);
  };
}

function listen(signal: AbortSignal): Set<Act> {
  const waiting = new Set<Act>();
  acts.set(signal, waiting);
  const onAbort = (): void => {
    for (const act of waiting) act(signal.reason);
    waiting.clear();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return waiting;
}
