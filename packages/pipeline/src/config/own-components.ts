import { dirname, resolve } from "node:path";
import type { ComponentFactory } from "../component.ts";
import { ConfigError } from "../errors.ts";
import type { ConfigDocument, ConfigPath } from "./config-document.ts";
import { describeValue } from "./config-values.ts";
import { loadModule } from "./load-module.ts";
import { makingWhatIsPromised } from "./own-factory.ts";
import { suggestion } from "./suggestion.ts";

export interface OwnComponentsOptions {
  /** The config file: modules are looked for from its folder. */
  readonly file: string;
  /** What there is already. */
  readonly factories: readonly ComponentFactory[];
}

/**
 * Loads the modules that a config file names under `components` and takes the component factories out of their
 * exports. What is wrong with them is noted in the document. The modules themselves are loaded once in a process, and
 * so are the factories the same each time.
 *
 * @returns the factories there were, and after them the loaded ones
 */
export async function withOwnComponents(
  document: ConfigDocument,
  { file, factories }: OwnComponentsOptions,
): Promise<readonly ComponentFactory[]> {
  const specifiers = (document.value as { components?: unknown } | null | undefined)?.components;
  if (!Array.isArray(specifiers)) return factories;
  const all = [...factories];
  for (const [index, specifier] of specifiers.entries()) {
    // The schema of the file refuses it.
    if (typeof specifier !== "string") continue;
    const path = ["components", index];
    const module = await load(specifier, { file, path, document });
    if (!module) continue;
    for (const found of factoriesOf(module, { path, document })) {
      const factory = makingWhatIsPromised(found, specifier);
      // A module may export one under two names, and what it has from loghook.
      if (all.includes(found) || all.includes(factory)) continue;
      const twin = all.find(({ kind, type }) => kind === factory.kind && type === factory.type);
      if (!twin) all.push(factory);
      // A copy of what the host has: its program is bundled, and a module of the file's own brings the package itself.
      else if (twin.description === undefined || twin.description !== factory.description)
        document.problem(path, `brings ${named(factory)}, which there is already; give it another type`);
    }
  }
  return all;
}

interface LoadOptions {
  readonly file: string;
  readonly path: ConfigPath;
  readonly document: ConfigDocument;
}

async function load(specifier: string, { file, path, document }: LoadOptions) {
  try {
    return await loadModule(specifier, dirname(resolve(file)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    document.problem(path, `cannot be loaded: ${[error.message, error.remedy].filter(Boolean).join(" ")}`);
    return undefined;
  }
}

function factoriesOf(
  module: Readonly<Record<string, unknown>>,
  { path, document }: Omit<LoadOptions, "file">,
): ComponentFactory[] {
  const candidates = Object.entries(module).filter(([, value]) => isMeantAsFactory(value));
  if (candidates.length === 0) document.problem(path, describeMissingFactories(Object.keys(module).sort()));
  return candidates.flatMap(([name, value]) => {
    const faults = factoryFaults(value as Partial<ComponentFactory>);
    for (const fault of faults) document.problem(path, `exports ${name}, ${fault}`);
    return faults.length === 0 ? [value as ComponentFactory] : [];
  });
}

/** Somebody who exports such a thing wanted it to be a component, even where something is missing. */
function isMeantAsFactory(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "kind" in value || ("type" in value && "create" in value);
}

function describeMissingFactories(names: readonly string[]): string {
  const found = names.length === 0 ? "exports nothing" : `exports no component, only ${names.join(", ")}`;
  return `${found}; export what defineReceiver, defineProcessor, defineExporter, defineStorage or defineReporter of @loghook/pipeline returns`;
}

const kinds: readonly ComponentFactory["kind"][] = [
  "receiver",
  "processor",
  "exporter",
  "storage",
  "reporter",
];

/** What a factory lacks to be one, each as the end of a sentence. See the interfaces in component.ts. */
function factoryFaults(factory: Partial<ComponentFactory>): string[] {
  const { kind, type, config, create } = factory;
  const faults: string[] = [];
  if (!kind || !kinds.includes(kind)) {
    const remedy = suggestion(String(kind), kinds) ?? "make it with defineExporter or its siblings";
    faults.push(`${lacksOrHas("kind", kind)}; kinds are ${kinds.join(", ")}; ${remedy}`);
  }
  if (typeof type !== "string" || !/^[a-z][a-z0-9_]*$/.test(type)) {
    faults.push(
      `${lacksOrHas("type", type)}; it is the name that config files use: small letters, digits and _`,
    );
  }
  if (typeof config?.safeParse !== "function") {
    faults.push(
      `${lacksOrHas("config", config)}; it is the zod schema of the settings: z.strictObject({}) if there are none`,
    );
  }
  if (typeof create !== "function") {
    faults.push(
      `${lacksOrHas("create", create)}; it is the function that makes the component of its settings`,
    );
  }
  for (const [key, owner] of optionalFunctions) {
    const value = (factory as Record<string, unknown>)[key];
    if (kind === owner && value !== undefined && typeof value !== "function") {
      faults.push(`whose ${key} is ${describeValue(value)}; it must be a function`);
    }
  }
  return faults;
}

const optionalFunctions = [
  ["schedule", "receiver"],
  ["delivery", "exporter"],
] as const;

function lacksOrHas(key: string, value: unknown): string {
  return value === undefined ? `which lacks ${key}` : `whose ${key} is ${describeValue(value)}`;
}

const named = ({ kind, type }: ComponentFactory): string => `the ${kind} ${JSON.stringify(type)}`;
