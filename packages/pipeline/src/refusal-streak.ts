import type { StorageClient } from "./storage.ts";

/** Records that were refused one by one since the destination last took something. */
export interface RefusalStreak {
  readonly length: number;
  /** Counts another one, durably when it resolves: a process that makes one run and ends is to know of those before it. */
  grow(): Promise<void>;
  /** The destination has taken something. */
  end(): Promise<void>;
}

const key = "refusal-streak";

export async function loadRefusalStreak(storage: StorageClient): Promise<RefusalStreak> {
  let length = Number((await storage.get(key)) ?? 0);
  return {
    get length() {
      return length;
    },
    async grow() {
      length += 1;
      await storage.set(key, String(length));
    },
    async end() {
      if (length === 0) return;
      length = 0;
      await storage.delete(key);
    },
  };
}

/** For who sets nothing aside. */
export const noStreak: RefusalStreak = { length: 0, grow: async () => {}, end: async () => {} };
