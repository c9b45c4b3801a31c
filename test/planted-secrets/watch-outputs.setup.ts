// Runs in each worker of vitest before each test file, and looks for planted secrets in everything that the tests let
// loghook put out: see README.md beside this file.
import childProcess, { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { join, relative } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, expect } from "vitest";
import { isExcepted } from "./exceptions.ts";
import { createScanner, hideSecrets } from "./scanner.ts";

/** Made by `report.global-setup.ts`. */
const folder = process.env.LOGHOOK_TEST_FINDINGS;

/** Test code publishes here what it takes in without a process or a request: a `TestOutput`. */
const channelName = "loghook:test-output";

export interface TestOutput {
  /** What it is, as in `in-process stdout`. */
  readonly source: string;
  readonly text: string;
}

const scanned = { outputs: 0, characters: 0 };

function placeNow(): { file: string; test: string } {
  const { testPath, currentTestName } = expect.getState();
  return { file: relative(process.cwd(), testPath ?? "?"), test: currentTestName ?? "?" };
}

/** Takes the pieces of one output. */
function openOutput(name: string): (piece: string | Uint8Array) => void {
  const scanner = createScanner();
  const source = hideSecrets(name);
  const place = placeNow();
  scanned.outputs += 1;
  return (piece) => {
    const text = typeof piece === "string" ? piece : Buffer.from(piece).toString("latin1");
    scanned.characters += text.length;
    for (const finding of scanner.scan(text)) {
      const found = { ...place, source, ...finding };
      if (!isExcepted(found)) note("findings", found);
    }
  };
}

function note(name: string, value: object): void {
  appendFileSync(join(folder ?? "", `${name}.jsonl`), `${JSON.stringify(value)}\n`);
}

/** Sees what a stream is given by its source, whoever reads it, and leaves the reading to them. */
function watch(stream: Readable | null | undefined, source: string): void {
  if (!stream) return;
  const take = openOutput(source);
  const push = stream.push.bind(stream);
  stream.push = (piece: unknown, encoding?: BufferEncoding) => {
    if (typeof piece === "string" || piece instanceof Uint8Array) take(piece);
    return push(piece, encoding);
  };
}

/** All of `spawn`, `exec`, `execFile` and `fork` come through here; it is not in the types. */
type Spawning = { spawn(this: ChildProcess, options: { args?: readonly string[] }): unknown };

function watchChildren(): void {
  const prototype = ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const result = spawn.call(this, options);
    const command = (options.args ?? []).slice(1).join(" ");
    watch(this.stdout, `stdout of ${command}`);
    watch(this.stderr, `stderr of ${command}`);
    return result;
  };
  for (const name of ["spawnSync", "execFileSync", "execSync"] as const) watchWaiting(name);
  syncBuiltinESMExports();
}

type Waiting = (command: string, ...rest: unknown[]) => unknown;

/** Those that wait for the end of a process call none of the others. */
function watchWaiting(name: "spawnSync" | "execFileSync" | "execSync"): void {
  const original = childProcess[name] as Waiting;
  const wrapped: Waiting = (command, ...rest) => {
    const take = openOutput(`${command}, waited for`);
    const takeAll = (ended: unknown): void => {
      const { stdout, stderr } = (ended ?? {}) as Partial<Record<"stdout" | "stderr", string | Uint8Array>>;
      const printed = typeof ended === "string" || ended instanceof Uint8Array ? [ended] : [stdout, stderr];
      for (const piece of printed) if (piece) take(piece);
    };
    try {
      const result = original(command, ...rest);
      takeAll(result);
      return result;
    } catch (error) {
      takeAll(error);
      throw error;
    }
  };
  Object.assign(childProcess, { [name]: wrapped });
}

/** Bodies that local webhooks, Slacks and collectors are sent; a grant is the one request that has secrets in its body. */
function watchRequests(): void {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname !== "/oauth/token") watch(request, "body of a request");
  });
}

function watchOwnOutput(): void {
  for (const name of ["stdout", "stderr"] as const) {
    const write = process[name].write.bind(process[name]) as (...args: unknown[]) => boolean;
    const take = openOutput(`${name} of the test`);
    process[name].write = ((piece: string | Uint8Array, ...rest: unknown[]) => {
      take(piece);
      return write(piece, ...rest);
    }) as typeof process.stdout.write;
  }
}

if (folder !== undefined) {
  watchChildren();
  watchRequests();
  watchOwnOutput();
  subscribe(channelName, (message) => {
    const { source, text } = message as TestOutput;
    openOutput(source)(text);
  });
  afterAll(() => note("scanned", scanned));
}
