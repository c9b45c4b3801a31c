import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Cost {
  readonly wallMs: number;
  /** Of all its threads, in user mode and in the kernel. */
  readonly cpuMs: number;
}

export interface TimedOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

// The shell's own `time` asks the kernel what a child has used, which Node.js cannot:
// https://www.gnu.org/software/bash/manual/html_node/Pipelines.html
const script = `TIMEFORMAT='%3R %3U %3S'; time "$@" >/dev/null`;

/** Runs a command to its end. Rejects, with what it said, when it does not exit with 0. */
export async function timeCommand(command: readonly string[], { cwd, env }: TimedOptions): Promise<Cost> {
  const { stderr } = await promisify(execFile)("bash", ["-ec", script, "bash", ...command], {
    cwd,
    env: { PATH: process.env.PATH, LC_ALL: "C", ...env },
    timeout: 60_000,
  });
  const [real = 0, user = 0, system = 0] = (stderr.trimEnd().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { wallMs: real * 1000, cpuMs: (user + system) * 1000 };
}
