import type { Writable } from "node:stream";

/** The world as a command sees it, so that a test can be that world. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results, and what a long run has to tell. */
  readonly stdout: Terminal;
  /** Errors and hints. */
  readonly stderr: Terminal;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
}

export interface Terminal extends Pick<Writable, "write"> {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What the process says to who started it (sysexits.h has 75 and 78). */
export const exitCodes = { done: 0, bug: 1, tryAgainLater: 75, config: 78 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
