import { execFile } from "node:child_process";
import { main } from "./child.ts";

export interface AuditPlace {
  readonly folder: string;
  readonly config: string;
}

/** Asks `loghook audit` whether anything is missing, as an operator would. */
export async function auditFindings({ folder, config }: AuditPlace): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; output: string }>();
  const args = ["--conditions=source", main, "audit", "--config", config, "--from", "48h"];
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  execFile(
    process.execPath,
    args,
    { cwd: folder, env: { PATH, NODE_COMPILE_CACHE } },
    (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
  );
  const { code, output } = await promise;
  return code === 0 ? [] : [`loghook audit ended with ${String(code)}: ${output.slice(0, 2000)}`];
}
