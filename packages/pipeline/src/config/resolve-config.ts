import type {
  ComponentFactory,
  ExporterFactory,
  ProcessorFactory,
  ReceiverFactory,
  ReporterFactory,
  StorageFactory,
} from "../component.ts";
import { planLanes } from "../lane-plan.ts";
import type { Configured, ConfiguredPipeline, LoghookConfig } from "./config.ts";
import type { ConfigDocument } from "./config-document.ts";
import { type FileShape, fileSchema, pipelineName } from "./config-frame.ts";
import { checkAgainstSchema } from "./config-schema.ts";
import { type ComponentNames, componentNames, configureComponents } from "./configure-components.ts";

interface ResolveOptions {
  readonly file: string;
  readonly factories: readonly ComponentFactory[];
}

/** What a document says, with everything that is wrong noted in it. Undefined only where something is. */
export function resolveConfig(
  document: ConfigDocument,
  { file, factories }: ResolveOptions,
): LoghookConfig | undefined {
  const known = configureComponents(document, factories);
  const shape = checkAgainstSchema(fileSchema, document, []);
  if (!shape) return undefined;
  const names = componentNames(shape, known, document);
  const extensions = resolveExtensions(shape, names);
  const pipelines = Object.keys(shape.service.pipelines).map((name) =>
    resolvePipeline(name, { shape, names, document }),
  );
  if (pipelines.length === 0) document.problem(["service", "pipelines"], "must have at least one pipeline");
  refuseTwins(pipelines, document);
  names.refuseUnused();
  const [storage] = extensions.storages;
  if (document.problems.length === 0 && extensions.storages.length !== 1) {
    const message = `must name exactly one storage such as sqlite_storage, where checkpoints are kept, found ${extensions.storages.length}`;
    document.problem(["service", "extensions"], message);
  }
  return (
    storage && { file, files: document.files, factories, pipelines, storage, reporters: extensions.reporters }
  );
}

/** A receiver's name may look like the end of a pipeline's: `logs` + `a/b` and `logs/a` + `b` would share a checkpoint. */
function refuseTwins(pipelines: readonly ConfiguredPipeline[], document: ConfigDocument): void {
  const owners = new Map<string, string>();
  for (const { id, pipeline } of planLanes({ pipelines })) {
    const owner = owners.get(id) ?? pipeline;
    owners.set(id, owner);
    if (owner === pipeline) continue;
    const message = `has the lane ${id}, as ${owner} has it, and both would share a checkpoint; name it otherwise`;
    document.problem(["service", "pipelines", pipeline], message, { at: "key" });
  }
}

function resolveExtensions({ service }: FileShape, names: ComponentNames) {
  const extensions = names.find("extensions", service.extensions, ["service", "extensions"]);
  return {
    storages: extensions.filter(({ factory }) => factory.kind === "storage") as Configured<StorageFactory>[],
    reporters: extensions.filter(
      ({ factory }) => factory.kind === "reporter",
    ) as Configured<ReporterFactory>[],
  };
}

interface PipelineOptions {
  readonly shape: FileShape;
  readonly names: ComponentNames;
  readonly document: ConfigDocument;
}

function resolvePipeline(name: string, { shape, names, document }: PipelineOptions): ConfiguredPipeline {
  const path = ["service", "pipelines", name];
  const ids = shape.service.pipelines[name] ?? { receivers: [], processors: [], exporters: [] };
  if (!pipelineName.test(name)) {
    document.problem(path, "must be named logs, or logs/ and a name without further slashes", { at: "key" });
  }
  for (const section of ["receivers", "exporters"] as const) {
    if (ids[section].length === 0) document.problem([...path, section], "must name at least one");
  }
  const find = (section: keyof typeof ids): unknown => names.find(section, ids[section], [...path, section]);
  return {
    name,
    receivers: find("receivers") as Configured<ReceiverFactory>[],
    processors: find("processors") as Configured<ProcessorFactory>[],
    exporters: find("exporters") as Configured<ExporterFactory>[],
  };
}
