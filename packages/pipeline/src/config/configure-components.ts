import type { ComponentFactory } from "../component.ts";
import type { Configured } from "./config.ts";
import type { ConfigDocument, ConfigPath } from "./config-document.ts";
import { componentMap, type FileShape, factoriesOf, type Section, sectionNames } from "./config-frame.ts";
import { checkAgainstSchema } from "./config-schema.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { settingSchema } from "./setting-schema.ts";
import { suggestion } from "./suggestion.ts";

/** The components of a config file by section and name. Those with something wrong in them are not among them. */
export type KnownComponents = ReadonlyMap<string, Configured<ComponentFactory>>;

const knownKey = (section: Section, id: string): string => `${section} ${id}`;

/** Checks every component of these sections, whatever the frame around them is like. */
export function configureComponents(
  document: ConfigDocument,
  factories: readonly ComponentFactory[],
  only: readonly Section[] = sectionNames,
): KnownComponents {
  const known = new Map<string, Configured<ComponentFactory>>();
  for (const section of only) {
    const candidates = factoriesOf(section, factories);
    for (const [id, settings] of Object.entries(settingsIn(document, section))) {
      const component = configure(id, settings, { path: [section, id], candidates, document });
      if (component) known.set(knownKey(section, id), component);
    }
  }
  return known;
}

function settingsIn(document: ConfigDocument, section: Section): Record<string, unknown> {
  const components = (document.value as Record<string, unknown> | null | undefined)?.[section];
  return componentMap.safeParse(components).data ?? {};
}

interface ConfigureOptions {
  readonly path: ConfigPath;
  readonly candidates: readonly ComponentFactory[];
  readonly document: ConfigDocument;
}

function configure(
  id: string,
  settings: unknown,
  { path, candidates, document }: ConfigureOptions,
): Configured<ComponentFactory> | undefined {
  const [type = "", name, ...more] = id.split("/");
  if (name === "" || more.length > 0) {
    document.problem(path, "must be named by its type, or by type/name", { at: "key" });
    return undefined;
  }
  const factory = candidates.find((candidate) => candidate.type === type);
  if (!factory) {
    // What a module of the file's own should have brought, and could not: that has been noted already.
    if (document.problems.some(({ path }) => path.startsWith("components."))) return undefined;
    const types = candidates.map((candidate) => candidate.type);
    const remedy = suggestion(type, types) ?? `there are ${types.join(", ")}`;
    document.problem(path, `has the unknown type ${JSON.stringify(type)}; ${remedy}`, { at: "key" });
    return undefined;
  }
  const before = document.problems.length;
  const config = checkAgainstSchema(factory.config, { ...document, value: settings ?? {} }, path);
  if (document.problems.length > before) return undefined;
  const schema = settingSchema(factory.config);
  return { id, factory, config, fingerprint: fingerprintOf(settings ?? {}, { path, schema, document }) };
}

/** Finds the components that a config file names, and notes what is wrong with the names. */
export interface ComponentNames {
  /** @param path where in the file the names stand */
  find(section: Section, ids: readonly string[], path: ConfigPath): Configured<ComponentFactory>[];
  /** Notes what was never asked for. */
  refuseUnused(): void;
}

export function componentNames(
  shape: FileShape,
  known: KnownComponents,
  document: ConfigDocument,
): ComponentNames {
  const used = new Set<string>();
  return {
    find: (section, ids, path) =>
      ids.flatMap((id, index) => {
        used.add(knownKey(section, id));
        if (ids.indexOf(id) < index)
          document.problem([...path, index], `names ${id} a second time; take it out`);
        if (!Object.hasOwn(shape[section], id)) {
          const remedy =
            suggestion(id, Object.keys(shape[section])) ?? `add it under ${section}, or leave it out here`;
          document.problem([...path, index], `names ${id}, which is not among the ${section}; ${remedy}`);
        }
        return known.get(knownKey(section, id)) ?? [];
      }),
    refuseUnused() {
      for (const section of sectionNames) {
        for (const id of Object.keys(shape[section])) {
          if (used.has(knownKey(section, id))) continue;
          // What has an unknown type is misspelt, and so named nowhere.
          if (document.problems.some(({ path }) => path === `${section}.${id}`)) continue;
          const place = section === "extensions" ? "service.extensions" : "a pipeline of service.pipelines";
          document.problem([section, id], `is not used; name it in ${place}, or take it out`, { at: "key" });
        }
      }
    },
  };
}
