import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { isAbsolute, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as ImportMetaResolve from "import-meta-resolve";
import { ConfigError } from "../errors.ts";

/**
 * Loads a module that a config names: a path (`./mine.ts`, `/opt/mine.js`), which starts from the folder of the config
 * file, or a package (`@acme/sink`, `@acme/sink/part`), which is looked for from that folder, from the working
 * directory and from loghook itself, in this order. The code of the module runs; a second call gives the same module.
 *
 * @param directory the folder of the config file
 * @returns what the module exports, by name
 * @throws {ConfigError} when it is not found, is none that can be loaded, or throws while it is loaded
 */
export async function loadModule(specifier: string, directory: string): Promise<Record<string, unknown>> {
  // Only here, since most config files name no module.
  const { moduleResolve } = await import("import-meta-resolve");
  const find = isPath(specifier) ? findFile : findPackage;
  const url = find(specifier, { directory, moduleResolve });
  const file = fileURLToPath(url);
  refuseTypeScriptOfPackages(file);
  try {
    return await import(/* @vite-ignore */ url.href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${specifier} fails while it is loaded: ${endSentence(reason)}`, {
      cause: error,
      remedy: `Look into ${file}.`,
    });
  }
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function isPath(specifier: string): boolean {
  return /^\.\.?([\\/]|$)/.test(specifier) || isAbsolute(specifier);
}

interface FindOptions extends Pick<typeof ImportMetaResolve, "moduleResolve"> {
  readonly directory: string;
}

function findFile(specifier: string, { directory, moduleResolve }: FindOptions): URL {
  const file = resolve(directory, specifier);
  try {
    return moduleResolve(pathToFileURL(file).href, pathToFileURL(`${directory}${sep}`));
  } catch (error) {
    if (codeOf(error) === "ERR_UNSUPPORTED_DIR_IMPORT") {
      throw new ConfigError(`${file} is a folder.`, { cause: error, remedy: "Name a file in it." });
    }
    throw new ConfigError(`There is no file ${file}.`, {
      cause: error,
      remedy: "Write the path as seen from the folder of the config file, with the ending of the file.",
    });
  }
}

function findPackage(specifier: string, { directory, moduleResolve }: FindOptions): URL {
  refuseWhatIsNoPackage(specifier);
  const places = [directory, process.cwd()].map((folder) => pathToFileURL(`${resolve(folder)}${sep}`));
  for (const place of [...places, new URL(import.meta.url)]) {
    try {
      return moduleResolve(specifier, place);
    } catch (error) {
      const isInstalled = codeOf(error) !== "ERR_MODULE_NOT_FOUND" || isPartMissing(error);
      if (isInstalled) throw unusablePackage(specifier, error);
    }
  }
  const isFile = existsSync(resolve(directory, specifier));
  throw new ConfigError(`There is no package ${packageName(specifier)} to be found from ${directory}.`, {
    remedy: isFile
      ? `If the file of that name is meant, write ./${specifier}.`
      : `Run "npm install ${packageName(specifier)}" in the folder of the config file.`,
  });
}

function refuseWhatIsNoPackage(specifier: string): void {
  const remedy = "Write the name of an npm package, or a path that begins with ./ or ../ or /.";
  if (isBuiltin(specifier)) {
    throw new ConfigError(`${specifier} is a part of Node.js, not a module of yours.`, { remedy });
  }
  // `#internal` is for a package's own files, the others are URLs.
  if (specifier === "" || specifier.startsWith("#") || URL.canParse(specifier)) {
    throw new ConfigError(`${JSON.stringify(specifier)} is neither a package nor a path.`, { remedy });
  }
}

/** The package is there, and the file that its package.json leads to is not: such an error names the file. */
function isPartMissing(error: unknown): boolean {
  return (error as { url?: unknown }).url !== undefined;
}

function unusablePackage(specifier: string, error: unknown): ConfigError {
  const name = packageName(specifier);
  const message =
    codeOf(error) === "ERR_PACKAGE_PATH_NOT_EXPORTED" && specifier !== name
      ? `The package ${name} has no part ${specifier.slice(name.length + 1)}.`
      : `The package ${name} is there, but cannot be imported as ${specifier}.`;
  return new ConfigError(message, {
    cause: error,
    remedy: `What can be imported stands in its package.json, under "exports" or "main".`,
  });
}

/** `@acme/sink/part` is a part of `@acme/sink`. */
function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** https://nodejs.org/docs/latest-v24.x/api/typescript.html#type-stripping-in-dependencies */
function refuseTypeScriptOfPackages(file: string): void {
  if (!/\.[cm]?ts$/.test(file) || !file.split(sep).includes("node_modules")) return;
  throw new ConfigError(`${file} is TypeScript, which Node.js does not run from node_modules.`, {
    remedy:
      "Have the package bring JavaScript, or move the file out of node_modules and name it by its path.",
  });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
