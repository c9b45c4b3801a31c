import { readFile } from "node:fs/promises";
import type {
  ComponentFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  ReporterFactory,
  StorageFactory,
} from "../component.ts";
import { ConfigError } from "../errors.ts";
import { type ConfigDocument, readConfigDocument } from "./config-document.ts";
import { madeOf } from "./invalid-config.ts";
import { type LazyFactory, loadNamed } from "./lazy-factories.ts";
import { withOwnComponents } from "./own-components.ts";
import { resolveConfig } from "./resolve-config.ts";

/** A component as the config file names and sets it. */
export interface Configured<Factory extends ComponentFactory> {
  /** `webhook` or `webhook/backup`. */
  readonly id: string;
  readonly factory: Factory;
  /** What the factory's schema made of the settings. */
  readonly config: unknown;
  /**
   * The same for the same settings of the same factory and the same contents of the files that they name. Tells what has
   * changed, and no secrets.
   */
  readonly fingerprint: string;
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
  /** The file itself, those that it takes in with `${file:…}`, and those that settings name, as absolute paths. */
  readonly files: readonly string[];
  /** What the file can name: what the host has, save what it loads on demand and is not named, and its own `components`. */
  readonly factories: readonly ComponentFactory[];
  readonly pipelines: readonly ConfiguredPipeline[];
  readonly storage: Configured<StorageFactory>;
  readonly reporters: readonly Configured<ReporterFactory>[];
}

export interface LoadConfigOptions {
  /** For messages, and the folder that `${file:…}` starts from. */
  readonly file: string;
  /** What the file can name. */
  readonly factories: readonly (ComponentFactory | LazyFactory)[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with every problem in it */
export async function loadConfigFile(options: LoadConfigOptions): Promise<LoghookConfig> {
  return await loadConfig(await readConfigText(options.file), options);
}

/** @throws {ConfigError} when the file cannot be read */
export async function readConfigText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ConfigError(`The config file ${file} cannot be read.`, {
      cause: error,
      remedy: "Give the path of an existing file with --config; collector-config/ has some to begin with.",
    });
  }
}

/** @throws {InvalidConfigError} with every problem of the text */
export async function loadConfig(source: string, options: LoadConfigOptions): Promise<LoghookConfig> {
  const document = readConfigDocument(source, options);
  return await loadConfigDocument(document, options);
}

export async function loadConfigDocument(
  document: ConfigDocument,
  options: LoadConfigOptions,
): Promise<LoghookConfig> {
  const { file } = options;
  const loaded = await loadNamed(options.factories, document);
  const factories = await withOwnComponents(document, { file, factories: loaded });
  const config = document.value === undefined ? undefined : resolveConfig(document, { file, factories });
  return madeOf(document, config);
}
