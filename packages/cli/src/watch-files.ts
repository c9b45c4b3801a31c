import { type Stats, type StatsListener, unwatchFile, watchFile } from "node:fs";
import { type Clock, systemClock } from "@loghook/pipeline";

/** Says when one of some files changes. */
export interface FileWatch extends Disposable {
  /** Watches these from now on, in place of the ones before; those that stay are never let go. They need not exist. */
  watch(files: readonly string[]): void;
}

export interface FileWatchOptions {
  /** Called when something has changed, and all has been still since. */
  onChange(): void;
  /** Default 1,000. */
  readonly intervalMs?: number;
  /** A file that is being written is not read yet. Default 500. */
  readonly stillMs?: number;
  readonly clock?: Clock;
}

/**
 * Looks at the files again and again: this is what works with editors that replace a file, with links that are switched
 * (as Kubernetes does with its volumes) and with network drives alike.
 */
export function watchFiles(options: FileWatchOptions): FileWatch {
  const { onChange, intervalMs = 1000, stillMs = 500, clock = systemClock } = options;
  const ended = new AbortController();
  let watched: ReadonlySet<string> = new Set();
  let latest = new AbortController();

  const noteChange: StatsListener = (now, before) => {
    // Called once for a file that is not there (https://nodejs.org/api/fs.html#fswatchfilefilename-options-listener).
    if (isMissing(now) && isMissing(before)) return;
    latest.abort();
    latest = new AbortController();
    const signal = AbortSignal.any([latest.signal, ended.signal]);
    clock.sleep(stillMs, { signal }).then(onChange, () => {});
  };

  function watch(files: readonly string[]): void {
    const next = new Set(files);
    // Watched anew, a file would count as unchanged since then.
    for (const file of watched.difference(next)) unwatchFile(file, noteChange);
    for (const file of next.difference(watched)) {
      watchFile(file, { interval: intervalMs, persistent: false }, noteChange);
    }
    watched = next;
  }

  return {
    watch,
    [Symbol.dispose]() {
      ended.abort();
      watch([]);
    },
  };
}

const isMissing = ({ mtimeMs, ino }: Stats): boolean => mtimeMs === 0 && ino === 0;
