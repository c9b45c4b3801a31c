type Act = (reason: unknown) => void;

interface Waiting {
  act: Act;
  /** Who came earlier has a smaller one. */
  readonly turn: number;
  /** Where in the list. */
  place: number;
}

// Lists and not sets: where many come and go, a set is made anew again and again, and the collector of garbage, which
// looks at the young alone, keeps each with all that was in it because of the one before.
const waiting = new WeakMap<AbortSignal, Waiting[]>();
let turns = 0;

/**
 * Calls back once when the signal aborts, at once when it has, in the order in which they came. For many who wait on
 * few signals: Node.js looks through all listeners of a signal for each one that is added, so they share one here.
 *
 * @returns to be called by who does not wait any more
 */
export function whenAborted(signal: AbortSignal, act: Act): () => void {
  if (signal.aborted) {
    act(signal.reason);
    return () => {};
  }
  const all = waiting.get(signal) ?? listen(signal);
  const one: Waiting = { act, turn: turns++, place: all.length };
  all.push(one);
  return () => leave(all, one);
}

const nothing: Act = () => {};

/** The last one takes the place, and while all are told this one is not. */
function leave(all: Waiting[], one: Waiting): void {
  one.act = nothing;
  if (all[one.place] !== one) return;
  const last = all.pop() as Waiting;
  if (last === one) return;
  all[one.place] = last;
  last.place = one.place;
}

function listen(signal: AbortSignal): Waiting[] {
  const all: Waiting[] = [];
  waiting.set(signal, all);
  const onAbort = (): void => {
    const inOrder = all.splice(0).sort((a, b) => a.turn - b.turn);
    for (const one of inOrder) one.act(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return all;
}
