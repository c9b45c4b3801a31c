import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Report, Request } from "./storage-process.test-child.ts";

/** Another process that opens a storage. Disposing it kills it. */
export interface StorageProcess extends AsyncDisposable {
  readonly pid: number | undefined;
  /** How the opening went. */
  readonly opening: Report;
  /** Resolves when the other process has the value stored. */
  store(request: Request): Promise<void>;
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
    async store(request) {
      const stored = once(child, "message");
      child.send(request);
      await stored;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
