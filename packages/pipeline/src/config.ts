import { readFileSync } from "node:fs";
import { z } from "zod";
import type {
  ComponentFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  ReporterFactory,
  StorageFactory,
} from "./component.ts";
import {
  type ConfigDocument,
  type ConfigPath,
  type ConfigProblem,
  readConfigDocument,
} from "./config-document.ts";
import { checkAgainstSchema } from "./config-schema.ts";
import { ConfigError } from "./errors.ts";
import { suggestion } from "./suggestion.ts";

/** A component as the config file names and sets it. */
export interface Configured<Factory extends ComponentFactory> {
  /** `webhook` or `webhook/backup`. */
  readonly id: string;
  readonly factory: Factory;
  /** What the factory's schema made of the settings. */
  readonly config: unknown;
}

export interface ConfiguredPipeline {
  readonly name: string;
  readonly receivers: readonly Configured<ReceiverFactory>[];
  readonly processors: readonly Configured<ProcessorFactory>[];
  readonly exporters: readonly Configured<ExporterFactory>[];
}

/** A config file that can be run. */
export interface LoghookConfig {
  readonly file: string;
  readonly pipelines: readonly ConfiguredPipeline[];
  readonly storage: Configured<StorageFactory>;
  readonly reporters: readonly Configured<ReporterFactory>[];
}

export interface LoadConfigOptions {
  /** For messages, and the folder that `${file:…}` starts from. */
  readonly file: string;
  readonly factories: readonly ComponentFactory[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A config with something wrong in it. `problems` has everything that was found, in the order of the file. */
export class InvalidConfigError extends ConfigError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

function describeProblem({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column} ${path === "" ? "The file" : path} ${message}`;
}

/** @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with every problem in it */
export function loadConfigFile(options: LoadConfigOptions): LoghookConfig {
  return loadConfig(readText(options.file), options);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`The config file ${file} cannot be read.`, {
      cause: error,
      remedy: "Give the path of an existing file with --config; collector-config/ has some to begin with.",
    });
  }
}

const sections = {
  receivers: ["receiver"],
  processors: ["processor"],
  exporters: ["exporter"],
  extensions: ["storage", "reporter"],
} as const satisfies Record<string, readonly ComponentFactory["kind"][]>;

type Section = keyof typeof sections;
const sectionNames = Object.keys(sections) as Section[];

const componentMap = z.record(z.string(), z.unknown());
const idList = z.array(z.string());
const fileSchema = z.strictObject({
  receivers: componentMap,
  processors: componentMap.default({}),
  exporters: componentMap,
  extensions: componentMap,
  service: z.strictObject({
    extensions: idList,
    pipelines: z.record(
      z.string(),
      z.strictObject({ receivers: idList, processors: idList.default([]), exporters: idList }),
    ),
  }),
});
type FileShape = z.infer<typeof fileSchema>;

/** @throws {InvalidConfigError} with every problem of the text */
export function loadConfig(source: string, options: LoadConfigOptions): LoghookConfig {
  const document = readConfigDocument(source, options);
  const config = document.value === undefined ? undefined : resolveConfig(document, options);
  if (config && document.problems.length === 0) return config;
  if (document.problems.length === 0) document.problem([], "must be a group of settings, found nothing");
  throw new InvalidConfigError(document.problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
}

type KnownComponents = ReadonlyMap<string, Configured<ComponentFactory>>;

const knownKey = (section: Section, id: string): string => `${section} ${id}`;

function resolveConfig(document: ConfigDocument, options: LoadConfigOptions): LoghookConfig | undefined {
  // Every component is checked, whatever the frame around them is like.
  const known = configureComponents(document, options);
  const shape = checkAgainstSchema(fileSchema, document, []);
  if (!shape) return undefined;

  const used = new Set<string>();
  const lookUp = (
    section: Section,
    ids: readonly string[],
    path: ConfigPath,
  ): Configured<ComponentFactory>[] =>
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
    });

  const extensions = lookUp("extensions", shape.service.extensions, ["service", "extensions"]);
  const pipelines = Object.entries(shape.service.pipelines).map(([name, ids]) => {
    const path = ["service", "pipelines", name];
    if (!/^logs(\/[^/]+)?$/.test(name)) {
      document.problem(path, "must be named logs, or logs/ and a name without further slashes", {
        at: "key",
      });
    }
    for (const section of ["receivers", "exporters"] as const) {
      if (ids[section].length === 0) document.problem([...path, section], "must name at least one");
    }
    return {
      name,
      receivers: lookUp("receivers", ids.receivers, [...path, "receivers"]) as Configured<ReceiverFactory>[],
      processors: lookUp("processors", ids.processors, [
        ...path,
        "processors",
      ]) as Configured<ProcessorFactory>[],
      exporters: lookUp("exporters", ids.exporters, [...path, "exporters"]) as Configured<ExporterFactory>[],
    };
  });
  if (pipelines.length === 0) document.problem(["service", "pipelines"], "must have at least one pipeline");
  refuseUnused(shape, used, document);

  const storages = extensions.filter(
    ({ factory }) => factory.kind === "storage",
  ) as Configured<StorageFactory>[];
  const reporters = extensions.filter(
    ({ factory }) => factory.kind === "reporter",
  ) as Configured<ReporterFactory>[];
  const [storage] = storages;
  if (document.problems.length === 0 && storages.length !== 1) {
    const message = `must name exactly one storage such as sqlite_storage, where checkpoints are kept, found ${storages.length}`;
    document.problem(["service", "extensions"], message);
  }
  return storage && { file: options.file, pipelines, storage, reporters };
}

function configureComponents(document: ConfigDocument, { factories }: LoadConfigOptions): KnownComponents {
  const known = new Map<string, Configured<ComponentFactory>>();
  for (const section of sectionNames) {
    const candidates = factories.filter(({ kind }) =>
      (sections[section] as readonly string[]).includes(kind),
    );
    const settingsById =
      componentMap.safeParse((document.value as Record<string, unknown> | null)?.[section]).data ?? {};
    for (const [id, settings] of Object.entries(settingsById)) {
      const component = configure(id, settings, { path: [section, id], candidates, document });
      if (component) known.set(knownKey(section, id), component);
    }
  }
  return known;
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
    const types = candidates.map((candidate) => candidate.type);
    const remedy = suggestion(type, types) ?? `there are ${types.join(", ")}`;
    document.problem(path, `has the unknown type ${JSON.stringify(type)}; ${remedy}`, { at: "key" });
    return undefined;
  }
  const before = document.problems.length;
  const config = checkAgainstSchema(factory.config, { ...document, value: settings ?? {} }, path);
  return document.problems.length > before ? undefined : { id, factory, config };
}

function refuseUnused(shape: FileShape, used: ReadonlySet<string>, document: ConfigDocument): void {
  for (const section of sectionNames) {
    for (const id of Object.keys(shape[section])) {
      if (used.has(knownKey(section, id))) continue;
      // What has an unknown type is misspelt, and so named nowhere.
      if (document.problems.some(({ path }) => path === `${section}.${id}`)) continue;
      const place = section === "extensions" ? "service.extensions" : `a pipeline of service.pipelines`;
      document.problem([section, id], `is not used; name it in ${place}, or take it out`, { at: "key" });
    }
  }
}
