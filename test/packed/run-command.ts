import { execFile } from "node:child_process";
import { delimiter, dirname } from "node:path";

export interface RunCommandOptions {
  readonly cwd: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default five minutes. */
  readonly timeoutMs?: number;
}

/**
 * Runs a command to its end, with this process's Node.js first on the path: `npm` and `npx` run with it, too.
 *
 * @returns what it printed to stdout
 * @throws {Error} with everything it printed, when it does not exit with 0
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: RunCommandOptions,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { cwd, timeoutMs = 300_000 } = options;
  const env = { ...cleanEnvironment(), ...options.env };
  const settings = { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
  const child = execFile(command, args, settings, (error, stdout, stderr) => {
    if (!error) return resolve(stdout);
    const ending = error.killed ? `did not end within ${timeoutMs} ms` : `ended with ${error.code}`;
    reject(new Error(`\`${[command, ...args].join(" ")}\` ${ending}:\n${stdout}${stderr}`));
  });
  child.stdin?.end();
  return promise;
}

/** Without what pnpm and npx tell the scripts that they start, and without what would show undeclared packages. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_PATH: _packages, NODE_OPTIONS: _conditions, ...environment } = process.env;
  const kept = Object.entries(environment).filter(([name]) => !/^(pnpm_|npm_(?!config_))/.test(name));
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`;
  return { ...Object.fromEntries(kept), PATH: path, NO_COLOR: "1" };
}
