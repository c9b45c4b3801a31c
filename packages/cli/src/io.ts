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
  /** Takes SIGHUP for the listener until it is disposed of; before and after, it ends the process. */
  onHangup(listener: () => void): Disposable;
}

export interface Terminal extends Pick<Writable, "write"> {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What the process says to who started it (sysexits.h has 65, 75 and 78). */
export const exitCodes = {
  done: 0,
  bug: 1,
  casesFailed: 65,
  entriesMissing: 65,
  notParked: 65,
  tryAgainLater: 75,
  config: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
