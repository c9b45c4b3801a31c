import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import { uidOf } from "./settlement.test-kit.ts";
import type { Report, Request, Settling } from "./storage-process.test-child.ts";

/** Another process that opens a storage. Disposing it kills it. */
export interface StorageProcess extends AsyncDisposable {
  readonly pid: number | undefined;
  /** How the opening went. */
  readonly opening: Report;
  /** Resolves when the other process has the value stored. Rejects when it cannot. */
  store(request: { readonly key: string; readonly value: string }): Promise<void>;
  /** Resolves when everything is settled. Rejects when it cannot be. */
  settle(settling: Settling): Promise<void>;
  /** Begins to settle, and resolves with the last checkpoint that was told when it was killed after so many of them. */
  settleUntilKilled(settling: Settling, commits: number): Promise<string | undefined>;
  /** SIGKILL: the process has no chance to tidy up. Resolves when it is gone. */
  kill(): Promise<void>;
}

export async function startStorageProcess(
  directory: string,
  user: "same" | "nobody" = "same",
): Promise<StorageProcess> {
  const program = fileURLToPath(new URL("./storage-process.test-child.ts", import.meta.url));
  const child = fork(program, [directory, user], { execArgv: ["--conditions=source"] });
  const exited = once(child, "exit");
  const [opening] = (await once(child, "message")) as [Report];
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return {
    pid: child.pid,
    opening,
    store: (request) => ask(child, request, request.key),
    settle: (settling) => ask(child, settling, uidOf(settling.to)),
    async settleUntilKilled(settling, commits) {
      let told: string | undefined;
      let left = commits;
      child.on("message", (report: Report) => {
        if ("stored" in report) told = report.stored;
        if (--left === 0) child.kill("SIGKILL");
      });
      child.send(settling);
      await exited;
      return told;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** Resolves when the child says that the last of what it was asked for is stored. */
async function ask(child: ChildProcess, request: Request, last: string): Promise<void> {
  const reports = on(child, "message");
  child.send(request);
  for await (const [report] of reports as AsyncIterable<[Report]>) {
    if ("failed" in report) throw new Error(report.failed);
    if ("stored" in report && report.stored === last) return;
  }
}
