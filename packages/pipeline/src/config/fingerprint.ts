import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type ConfigDocument, type ConfigPath, pathKey } from "./config-document.ts";
import { branchesOf, type SettingSchema, schemaWithin } from "./setting-schema.ts";

interface SettingsPlace {
  /** Where in the file the settings stand. */
  readonly path: ConfigPath;
  readonly schema: SettingSchema | undefined;
  readonly document: ConfigDocument;
}

/**
 * The same for settings that mean the same, in whatever order they stand. A setting that names a file, which its schema
 * says with `.meta({ format: "file" })`, counts with what is in the file: a certificate is renewed under its old name.
 * Such files are added to those of the document. As by who opens them, they are looked for from the working directory.
 */
export function fingerprintOf(settings: unknown, place: SettingsPlace): string {
  return digest(JSON.stringify(comparable(settings, place)));
}

function comparable(value: unknown, place: SettingsPlace): unknown {
  const { path, document } = place;
  if (Array.isArray(value)) return value.map((item, index) => comparable(item, within(place, index)));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(entries.map(([key, inner]) => [key, comparable(inner, within(place, key))]));
  }
  // What looks like a number may be a text to its schema, which `8314.5` and `8314.50` are not the same to.
  const written = document.texts.get(pathKey(path)) ?? value;
  return typeof written === "string" && namesFile(place) ? [written, contentOf(written, place)] : written;
}

function within({ path, schema, document }: SettingsPlace, key: string | number): SettingsPlace {
  return { path: [...path, key], schema: schema && schemaWithin(schema, key), document };
}

function namesFile({ schema }: SettingsPlace): boolean {
  return schema !== undefined && branchesOf(schema).some(({ format }) => format === "file");
}

/** Empty where there is none that can be read, which is told by who needs it. */
function contentOf(name: string, { document }: SettingsPlace): string {
  const file = resolve(name);
  if (!document.files.includes(file)) document.files.push(file);
  try {
    // A pipe can be read only once.
    return statSync(file).isFile() ? digest(readFileSync(file)) : "";
  } catch {
    return "";
  }
}

function digest(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("base64");
}
