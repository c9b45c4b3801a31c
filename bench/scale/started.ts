import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process that speaks by IPC. Disposing ends it at once. */
export interface Started extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Says something, and resolves with the answer: what it tells about this topic. */
  ask<T>(message: string, about: string): Promise<T>;
  /** The next thing that it tells about a topic. Rejects when it ends without a word of it. */
  hear<T>(about: string): Promise<T>;
  /** Rejects when it ends badly. */
  readonly ended: Promise<void>;
}

/** @param argv of Node */
export function start(argv: readonly string[]): Started {
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  const heard: { readonly news: string }[] = [];
  let arrival = Promise.withResolvers<void>();
  child.on("message", (message: { readonly news: string }) => {
    heard.push(message);
    arrival.resolve();
  });
  const ended = once(child, "close").then(([code, signal]) => {
    if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code ?? signal}: ${said}`);
  });
  const tooSoon = ended.then(() => {
    throw new Error(`${argv.join(" ")} ended too soon: ${said}`);
  });
  tooSoon.catch(() => {});

  async function hear<T>(about: string): Promise<T> {
    for (;;) {
      const index = heard.findIndex(({ news }) => news === about);
      if (index !== -1) return heard.splice(index, 1)[0] as T;
      await Promise.race([arrival.promise, tooSoon]);
      arrival = Promise.withResolvers();
    }
  }

  return {
    process: child,
    hear,
    ask(message, about) {
      child.send(message);
      return hear(about);
    },
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended.catch(() => {});
    },
  };
}
