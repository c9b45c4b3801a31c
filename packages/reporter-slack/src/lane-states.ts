import type { Logger, StorageClient } from "@loghook/pipeline";

/** What is remembered of each lane, also by the next process. */
export interface LaneStates<State> {
  get(lane: string): Promise<State | undefined>;
  /** Undefined: forget. */
  set(lane: string, state: State | undefined): Promise<void>;
  /** The lanes that are known in this process and have a state. */
  known(): [lane: string, state: State][];
}

interface LaneStatesOptions {
  readonly storage: StorageClient;
  readonly prefix: string;
  readonly logger: Logger;
}

/**
 * States in memory, written through to storage. A storage that fails is logged and no more: it may be the very thing
 * that has to be reported.
 */
export function laneStates<State extends object>(options: LaneStatesOptions): LaneStates<State> {
  const { storage, prefix, logger } = options;
  const states = new Map<string, State | undefined>();

  async function load(lane: string): Promise<State | undefined> {
    try {
      const text = await storage.get(prefix + lane);
      return text === undefined ? undefined : (JSON.parse(text) as State);
    } catch (error) {
      logger.warn({ error, lane }, "What was reported of the lane before could not be read.");
      return undefined;
    }
  }

  return {
    async get(lane) {
      if (!states.has(lane)) states.set(lane, await load(lane));
      return states.get(lane);
    },
    async set(lane, state) {
      states.set(lane, state);
      try {
        if (state === undefined) await storage.delete(prefix + lane);
        else await storage.set(prefix + lane, JSON.stringify(state));
      } catch (error) {
        logger.warn({ error, lane }, "What was reported of the lane could not be stored.");
      }
    },
    known: () => [...states].filter((entry): entry is [string, State] => entry[1] !== undefined),
  };
}
