import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type BreakerName, breakerVariable } from "./breakers.ts";
import { type ChildNote, type ChildOrders, readNotes } from "./child-notes.ts";

export const main: string = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const breakerModule = new URL("breakers.ts", import.meta.url).href;
const preload = new URL("child-preload.ts", import.meta.url).href;

export interface ChildOptions {
  readonly folder: string;
  readonly config: string;
  readonly orders: ChildOrders;
  /** A fault to put into loghook. */
  readonly breaker?: BreakerName | undefined;
}

/** `loghook run`, a process of its own. Disposing it kills it. */
export interface Child extends AsyncDisposable {
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly hasEnded: boolean;
  /** The end of what it printed. */
  readonly output: string;
  kill(signal: NodeJS.Signals): void;
  /** What was done to it from inside. To be read when it has ended. */
  notes(): ChildNote[];
}

const maxOutput = 20_000;

export function startChild({ folder, config, orders, breaker }: ChildOptions): Child {
  const imports = [preload, ...(breaker ? [breakerModule] : [])].map((url) => `--import=${url}`);
  const child = spawn(
    process.execPath,
    ["--conditions=source", ...imports, main, "run", "--config", config],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        LOGHOOK_CHAOS: JSON.stringify(orders),
        ...(breaker && { [breakerVariable]: breaker }),
        // Half of a short life would be spent on compiling the same files again.
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-maxOutput);
    });
  }
  let hasEnded = false;
  const ended = once(child, "close").then(([code, signal]) => {
    hasEnded = true;
    return (code ?? signal) as number | string;
  });
  return {
    ended,
    get hasEnded() {
      return hasEnded;
    },
    get output() {
      return output;
    },
    kill: (signal) => void child.kill(signal),
    notes: () => readNotes(orders.notes),
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGKILL");
      await ended;
    },
  };
}
