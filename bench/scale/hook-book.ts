/** What a webhook was given, entry by entry. Counted since the beginning, or since `begin` was called. */
export interface HookBook {
  readonly requests: number;
  /** Different ones. */
  readonly entries: number;
  readonly repeated: number;
  /** Entries before the last one that have never come. */
  readonly missing: number;
  /** From appearing to delivery, of each entry that has come for the first time. */
  readonly latenciesMs: readonly number[];
  take(body: Buffer, at: number): void;
  begin(): void;
}

export interface HookBookOptions {
  placeOf(logId: string): number;
  /** Undefined: nobody asks how long anything took. */
  appearsAt?(place: number): number;
}

const idKey = Buffer.from('"log_id":"');
const idLength = 56;

export function bookOf({ placeOf, appearsAt }: HookBookOptions): HookBook {
  let seen = new Uint8Array(1024);
  let [requests, entries, repeated, everSeen, end] = [0, 0, 0, 0, 0];
  let latenciesMs: number[] = [];

  function note(place: number, at: number): void {
    if (place >= seen.length) {
      const larger = new Uint8Array(Math.max(seen.length * 2, place + 1));
      larger.set(seen);
      seen = larger;
    }
    end = Math.max(end, place + 1);
    if (seen[place] === 1) {
      repeated += 1;
      return;
    }
    seen[place] = 1;
    everSeen += 1;
    entries += 1;
    if (appearsAt) latenciesMs.push(at - appearsAt(place));
  }

  return {
    get requests() {
      return requests;
    },
    get entries() {
      return entries;
    },
    get repeated() {
      return repeated;
    },
    get missing() {
      return end - everSeen;
    },
    get latenciesMs() {
      return latenciesMs;
    },
    take(body, at) {
      requests += 1;
      for (let key = body.indexOf(idKey); key !== -1; key = body.indexOf(idKey, key + idLength)) {
        const start = key + idKey.length;
        note(placeOf(body.toString("latin1", start, start + idLength)), at);
      }
    },
    begin() {
      [requests, entries, repeated, latenciesMs] = [0, 0, 0, []];
    },
  };
}

/** @param sorted in ascending order */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(Math.ceil((share / 100) * sorted.length), sorted.length) - 1] ?? 0;
}
