import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The program as it is written. It needs Node's `--conditions=source`. */
export const loghookSource: string = here("../packages/cli/src/main.ts");

/** The program as users install it, made anew. */
export function publishedLoghook(): string {
  execFileSync(process.execPath, ["--conditions=source", here("../packages/cli/bundle/bundle.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return here("../packages/cli/bin/main.js");
}
