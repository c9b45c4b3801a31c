import { type StatsListener, unwatchFile, watchFile } from "node:fs";
import { type Clock, systemClock } from "@loghook/pipeline";

/** Says when one of some files changes. */
export interface FileWatch extends Disposable {
  /** Watches these from now on, in place of the ones before. They need not exist. */
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
  let watched: readonly string[] = [];
  let latest = new AbortController();

  const noteChange: StatsListener = () => {
    latest.abort();
    latest = new AbortController();
    const signal = AbortSignal.any([latest.signal, ended.signal]);
    clock.sleep(stillMs, { signal }).then(onChange, () => {});
  };

  function watch(files: readonly string[]): void {
    for (const file of watched) unwatchFile(file, noteChange);
    for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, noteChange);
    watched = files;
  }

  return {
    watch,
    [Symbol.dispose]() {
      ended.abort();
      watch([]);
    },
  };
}
