import { statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Has Node.js keep what it compiles, so that the next start need not do it again. Where that cannot be, nothing happens.
 *
 * In the user's own folder, not in the temporary one that Node.js would take: there somebody else could lay down what
 * would then run as this user. For the same reason not in a home that belongs to somebody else, as under `sudo`. The
 * variables NODE_COMPILE_CACHE, for another folder, and NODE_DISABLE_COMPILE_CACHE hold as for any program:
 * https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv): void {
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return;
  const folder = cacheFolder(env);
  if (folder !== undefined) enableCompileCache(join(folder, "loghook", "compiled"));
}

/** Undefined: there is none that is ours. https://specifications.freedesktop.org/basedir-spec/latest/#variables */
function cacheFolder({ XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === "win32") return LOCALAPPDATA;
  try {
    const isOurs = (path: string): boolean => statSync(path).uid === process.getuid?.();
    if (XDG_CACHE_HOME) return isOurs(XDG_CACHE_HOME) ? XDG_CACHE_HOME : undefined;
    return isOurs(homedir()) ? join(homedir(), ".cache") : undefined;
  } catch {
    return undefined;
  }
}
