import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "rolldown";

/** Licences that ask for no more than their text: https://spdx.org/licenses */
const permissive = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: unknown;
}

/**
 * Writes THIRD-PARTY-NOTICES.txt: the licence of every package of which there is code in the bundle. Ends the build where
 * one has no licence text, or a licence that nobody has thought about yet.
 */
export function thirdPartyNotices(): Plugin {
  return {
    name: "third-party-notices",
    generateBundle(_, files) {
      const modules = Object.values(files).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
      const foreign = modules.filter((id) => /[\\/]node_modules[\\/]/.test(id));
      const folders = new Set(foreign.map((id) => packageFolder(dirname(id.replace(/^\0/, "")))));
      const notices = [...folders].map(noticeOf).toSorted((one, other) => (one < other ? -1 : 1));
      const source = ["loghook contains code of these packages.\n", ...notices].join(
        `\n${"-".repeat(80)}\n\n`,
      );
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source });
    },
  };
}

/** The nearest folder with a package.json that has a version: others only say what kind of modules are below. */
function packageFolder(folder: string): string {
  const file = join(folder, "package.json");
  return existsSync(file) && readManifest(file).version ? folder : packageFolder(dirname(folder));
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}

function noticeOf(folder: string): string {
  const { name, version, license } = readManifest(join(folder, "package.json"));
  if (!permissive.includes(license as string))
    throw new Error(`${name} has the licence ${JSON.stringify(license)}, which is not among ${permissive}.`);
  const files = readdirSync(folder).toSorted();
  const texts = files.filter((file) => /^(licen[cs]e|copying)/i.test(file));
  if (texts.length === 0) throw new Error(`${name} has no licence text in ${folder}.`);
  const notices = files.filter((file) => /^notice/i.test(file));
  const read = (file: string): string =>
    readFileSync(join(folder, file), "utf8").trim().replaceAll("\r\n", "\n");
  return [`${name} ${version}, ${license}`, ...[...texts, ...notices].map(read)].join("\n\n").concat("\n");
}
