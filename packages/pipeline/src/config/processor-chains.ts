import type { ProcessorFactory } from "../component.ts";
import { type Configured, type LoadConfigOptions, readConfigText } from "./config.ts";
import { type ConfigDocument, type ConfigProblem, readConfigDocument } from "./config-document.ts";
import { type FileShape, fileSchema, typeOf } from "./config-frame.ts";
import { checkAgainstSchema } from "./config-schema.ts";
import { componentNames, configureComponents } from "./configure-components.ts";
import { madeOf } from "./invalid-config.ts";
import { loadNamed } from "./lazy-factories.ts";
import { withOwnComponents } from "./own-components.ts";

/** What a pipeline does to its records. */
export interface ProcessorChain {
  /** `logs`, `logs/audit`. */
  readonly pipeline: string;
  readonly receivers: readonly ReceiverSettings[];
  readonly processors: readonly Configured<ProcessorFactory>[];
}

export interface ReceiverSettings {
  /** `auth0` for `auth0/eu`. */
  readonly type: string;
  /** As they stand in the file, unchecked; what comes from a variable that is not set is missing. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * The processors of a config file, pipeline by pipeline, ready to be made. Receivers, exporters and extensions are left
 * alone: their settings may be wrong, and the variables that they take from the environment need not be set.
 *
 * @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with every problem of the rest
 */
export async function loadProcessorChains(options: LoadConfigOptions): Promise<ProcessorChain[]> {
  const document = withoutEnds(readConfigDocument(await readConfigText(options.file), options));
  const { file } = options;
  const loaded = await loadNamed(options.factories, document);
  const factories = await withOwnComponents(document, { file, factories: loaded });
  const known = configureComponents(document, factories, ["processors"]);
  const shape = checkAgainstSchema(fileSchema, document, []);
  if (!shape) return madeOf<ProcessorChain[]>(document, undefined);
  const names = componentNames(shape, known, document);
  const chains = Object.entries(shape.service.pipelines).map(([pipeline, ids]) => ({
    pipeline,
    receivers: ids.receivers.map((id) => ({ type: typeOf(id), settings: settingsOf(id, shape) })),
    processors: names.find("processors", ids.processors, [
      "service",
      "pipelines",
      pipeline,
      "processors",
    ]) as Configured<ProcessorFactory>[],
  }));
  return madeOf(document, chains);
}

/** The document without what could not be read of the ends of its pipelines. */
function withoutEnds(document: ConfigDocument): ConfigDocument {
  const isElsewhere = ({ path }: ConfigProblem): boolean => !/^(receivers|exporters|extensions)\./.test(path);
  const kept = document.problems.filter(isElsewhere);
  document.problems.splice(0, document.problems.length, ...kept);
  return document;
}

function settingsOf(id: string, { receivers }: FileShape): Record<string, unknown> {
  const settings = receivers[id];
  return typeof settings === "object" && settings !== null ? { ...settings } : {};
}
