import type { ComponentFactory } from "../component.ts";
import { type LoadConfigOptions, loadConfigDocument, readConfigText } from "./config.ts";
import { type ConfigDocument, type ConfigPath, pathKey, readConfigDocument } from "./config-document.ts";
import { factoriesOf, fileSchema, sectionNames, typeOf } from "./config-frame.ts";
import { isNeverPrinted, type PlacedValue, withoutCredentials } from "./redaction.ts";
import { branchesOf, type SettingSchema, schemaWithin, settingSchema } from "./setting-schema.ts";

/**
 * A config file as it is understood, to be shown to people: substitutions put in, defaults filled in, in the order of
 * the file. Secrets are `[redacted]`, and addresses lack what may be one. With these put back it is a config file that
 * means the same.
 *
 * @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with every problem in it
 */
export async function printableConfig(options: LoadConfigOptions): Promise<Record<string, unknown>> {
  const document = readConfigDocument(await readConfigText(options.file), options);
  const { factories } = await loadConfigDocument(document, options);
  const schema = schemaOf(document, factories);
  return printable(document.value, { document, schema, path: [], isNamed: true }) as Record<string, unknown>;
}

/** The schema of the whole file, with the components that are in it. */
function schemaOf(document: ConfigDocument, factories: readonly ComponentFactory[]): SettingSchema {
  const frame = settingSchema(fileSchema);
  const file = document.value as Record<string, Record<string, unknown> | undefined>;
  const components = sectionNames.map((section) => {
    const settings = Object.keys(file[section] ?? {}).map((id) => {
      const factory = factoriesOf(section, factories).find(({ type }) => type === typeOf(id));
      return [id, factory ? settingSchema(factory.config) : {}] as const;
    });
    return [section, { ...frame.properties?.[section], properties: Object.fromEntries(settings) }] as const;
  });
  return { ...frame, properties: { ...frame.properties, ...Object.fromEntries(components) } };
}

interface Place {
  readonly document: ConfigDocument;
  readonly schema: SettingSchema | undefined;
  readonly path: ConfigPath;
  readonly isNamed: boolean;
}

function printable(value: unknown, place: Place): unknown {
  const placed = placedValue(place);
  if (isNeverPrinted(placed)) return redacted(value);
  if (Array.isArray(value)) return value.map((item, index) => printable(item, itemPlace(place, index)));
  // A component without a single setting is written `webhook:`, which YAML reads as null.
  if (typeof value === "object" && (value !== null || place.schema?.properties)) {
    return printableGroup((value ?? {}) as Record<string, unknown>, place);
  }
  const written = asWritten(value, place);
  return typeof written === "string" ? escaped(withoutCredentials(written, placed)) : written;
}

function printableGroup(group: Record<string, unknown>, place: Place): Record<string, unknown> {
  const given = Object.entries(group).map(([key, value]) => [
    key,
    printable(value, settingPlace(place, key)),
  ]);
  const defaults = Object.entries(alternativeFor(group, place.schema)?.properties ?? {})
    .filter(([key, { default: value }]) => !Object.hasOwn(group, key) && value !== undefined)
    .map(([key, { default: value }]) => [key, printable(value, settingPlace(place, key))]);
  return Object.fromEntries([...given, ...defaults]);
}

/** Of several kinds of groups that may stand here, the one that this is. Undefined where that cannot be told. */
function alternativeFor(
  group: Record<string, unknown>,
  schema: SettingSchema = {},
): SettingSchema | undefined {
  const [only, ...others] = branchesOf(schema).filter(
    ({ properties, required = [] }) =>
      properties !== undefined &&
      required.every((key) => Object.hasOwn(group, key)) &&
      Object.entries(properties).every(
        ([key, { const: value }]) => value === undefined || group[key] === value,
      ),
  );
  return others.length === 0 ? only : undefined;
}

function settingPlace({ document, schema = {}, path }: Place, key: string): Place {
  const isNamed = branchesOf(schema).some(({ properties = {} }) => Object.hasOwn(properties, key));
  return { document, schema: schemaWithin(schema, key), path: [...path, key], isNamed };
}

function itemPlace({ document, schema = {}, path, isNamed }: Place, index: number): Place {
  return { document, schema: schemaWithin(schema, index), path: [...path, index], isNamed };
}

function placedValue({ document, schema, path, isNamed }: Place): PlacedValue {
  const substituted = document.substituted.get(pathKey(path)) ?? [];
  // Names of sections, components and pipelines say nothing about settings.
  const isSetting = sectionNames.some((section) => section === path[0]);
  const names = isSetting ? path.slice(2).filter((key) => typeof key === "string") : [];
  return { schema, names, isNamed, substituted };
}

function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== "object" || value === null) return "[redacted]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redacted(inner)]));
}

/** A text from the environment that looks like a number stays a text where the setting is one. */
function asWritten(value: unknown, { document, schema, path }: Place): unknown {
  const text = document.texts.get(pathKey(path));
  if (text === undefined || schema === undefined) return value;
  const types = branchesOf(schema).flatMap(({ type = [] }) => type);
  const isTextOnly = types.length > 0 && types.every((type) => type === "string" || type === "array");
  return isTextOnly ? text : value;
}

/** So that no part of the text is taken for a substitution when it is read again. */
function escaped(text: string): string {
  return /\$\$|\$\{/.test(text) ? text.replaceAll("$", "$$$$") : text;
}
