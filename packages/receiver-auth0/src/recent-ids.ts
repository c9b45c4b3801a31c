/** Remembers the ids of the last few pages, no more. */
export interface RecentIds {
  /** False: it was there already. */
  add(id: string): boolean;
}

const defaultCapacity = 1000;

/** @param capacity how many ids are remembered; the oldest are forgotten first */
export function createRecentIds(capacity: number = defaultCapacity): RecentIds {
  const ids = new Set<string>();
  return {
    add(id) {
      if (ids.has(id)) return false;
      ids.add(id);
      if (ids.size > capacity) ids.delete(ids.values().next().value as string);
      return true;
    },
  };
}
