import { channel } from "node:diagnostics_channel";
import { Command, CommanderError } from "commander";
import { type ExitCode, exitCodes, type Io, type Terminal } from "./io.ts";
import type { AddCommand } from "./program.ts";

/** A world for tests: collects what is written, and is stopped by the test. */
export interface FakeIo extends Io {
  readonly env: Record<string, string | undefined>;
  /** Everything on stdout so far. */
  output(): string;
  /** Everything on stderr so far. */
  errors(): string;
  /** Resolves with the first match in what stdout has got, or will get. */
  match(pattern: RegExp): Promise<RegExpExecArray>;
  /** What SIGINT does. */
  interrupt(): void;
}

export interface FakeIoOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: Record<string, string | undefined>;
}

export function fakeIo({ isTTY = false, columns, env = {} }: FakeIoOptions = {}): FakeIo {
  const stop = new AbortController();
  const looks = isTTY ? { isTTY, columns: columns ?? 80 } : {};
  const stdout = collecting(looks);
  const stderr = collecting(looks);
  return {
    env,
    stdout,
    stderr,
    stop: stop.signal,
    onHangup: () => ({ [Symbol.dispose]() {} }),
    output: stdout.text,
    errors: stderr.text,
    async match(pattern) {
      for (;;) {
        const match = pattern.exec(stdout.text());
        if (match) return match;
        await stdout.nextWrite();
      }
    },
    interrupt: () => stop.abort(new Error("SIGINT was received.")),
  };
}

interface CollectingTerminal extends Terminal {
  text(): string;
  nextWrite(): Promise<void>;
}

/** The test suite looks for planted secrets in what comes through here (test/planted-secrets). */
const printed = channel("loghook:test-output");

function collecting(looks: Pick<Terminal, "isTTY" | "columns">): CollectingTerminal {
  let text = "";
  let written = Promise.withResolvers<void>();
  return {
    ...looks,
    write(chunk: string) {
      printed.publish({ source: "in-process command line", text: chunk });
      text += chunk;
      written.resolve();
      written = Promise.withResolvers();
      return true;
    },
    text: () => text,
    nextWrite: () => written.promise,
  };
}

/** Runs one verb as the program does. Errors of the verb itself reject; commander's become the exit code. */
export async function runVerb(add: AddCommand, argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = new Command("loghook").exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
  });
  add(program, io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.config;
  }
}

/** A verb that runs until it is stopped. Disposing it interrupts it and waits for its end. */
export interface RunningVerb extends AsyncDisposable {
  readonly io: FakeIo;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly done: Promise<ExitCode>;
  /** Interrupts it and returns everything that it said. */
  stop(): Promise<string>;
}

/** Starts a verb that listens somewhere, and says where. */
export async function startVerb(
  add: AddCommand,
  argv: readonly string[],
  options: FakeIoOptions = {},
): Promise<RunningVerb> {
  const io = fakeIo(options);
  const done = runVerb(add, argv, io);
  const endedEarly = done.then((code) => {
    throw new Error(`It ended with ${code}: ${io.errors()}`);
  });
  const [, url = ""] = await Promise.race([
    io.match(/(https?:\/\/[^\s"\p{Cc},]+?)\/?["\s\p{Cc},]/u),
    endedEarly,
  ]);
  endedEarly.catch(() => {}); // from now on it may end
  async function stop(): Promise<string> {
    io.interrupt();
    await done;
    return io.output();
  }
  return { io, url, done, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
