import type { ComponentSettings, Receiver } from "@loghook/pipeline";
import type { Ability } from "./ability.ts";

/** A source that a receiver reads from. Disposed of after each test, and after the receivers that read from it. */
export interface SourceUnderTest extends AsyncDisposable {
  /** The uids of its entries, in the order in which they must arrive. */
  readonly uids: readonly string[];
  /**
   * Makes a receiver that starts at the oldest entry and reads a few entries at a time, at least two; one that looks for
   * new entries now and then does so every few milliseconds. Called more than once with the same storage, to play a
   * restart.
   */
  createReceiver(settings: ComponentSettings): Receiver | Promise<Receiver>;
  /** Adds so many entries behind the last one. Returns their uids. */
  readonly append?: Ability<(entries: number) => readonly string[] | Promise<readonly string[]>>;
  /** From now on it turns everybody away, as with wrong credentials: until a person acts. */
  readonly refuse?: Ability;
}

/** Starts a source that holds this many entries, and to which none is added unless by `append`. */
export type StartSource = (entries: number) => SourceUnderTest | Promise<SourceUnderTest>;
