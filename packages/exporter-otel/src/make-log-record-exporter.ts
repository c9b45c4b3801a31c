import { ConfigError, loadModule, suggestion } from "@loghook/pipeline";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { OtelExporterConfig } from "./config.ts";

export interface MakeOptions {
  /** The folder of the config file. */
  readonly directory: string;
  /** A setting as the config file names it: `exporters.otel/grpc.module`. */
  setting(key: string): string;
}

type Maker = (options: unknown) => unknown;

/**
 * Loads the module that the settings name and makes the exporter.
 *
 * @throws {ConfigError} saying which of the settings does not lead to an OpenTelemetry log exporter, and why
 */
export async function makeLogRecordExporter(
  config: OtelExporterConfig,
  options: MakeOptions,
): Promise<LogRecordExporter> {
  refuseShortTimeout(config, options);
  const module = await load(config, options);
  const maker = findMaker(module, config, options);
  const made = await make(maker, config, options);
  const missing = ["export", "shutdown"].filter((name) => typeof made?.[name] !== "function");
  if (missing.length > 0) {
    throw new ConfigError(
      `${options.setting("export")}: what ${config.exportName} of ${config.module} makes is no OpenTelemetry log exporter. It has no ${missing.join(" and no ")}.`,
      { remedy: "Name a class or a function that makes a LogRecordExporter of @opentelemetry/sdk-logs." },
    );
  }
  return made as unknown as LogRecordExporter;
}

/** As the official exporters name it. One that goes on while we have given up would have its records sent twice. */
function refuseShortTimeout({ options, timeoutMs }: OtelExporterConfig, { setting }: MakeOptions): void {
  const { timeoutMillis } = (options ?? {}) as { timeoutMillis?: unknown };
  if (typeof timeoutMillis !== "number" || timeoutMillis < timeoutMs) return;
  throw new ConfigError(`${setting("timeout")} must be longer than ${setting("options.timeoutMillis")}.`, {
    remedy: `It has ${timeoutMs} ms, and the exporter goes on for ${timeoutMillis} ms.`,
  });
}

async function load({ module }: OtelExporterConfig, { directory, setting }: MakeOptions) {
  try {
    return await loadModule(module, directory);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${setting("module")} cannot be used. ${error.message}`, {
      cause: error,
      remedy: error.remedy,
    });
  }
}

type Exports = Readonly<Record<string, unknown>>;

function findMaker(
  module: Exports,
  { module: specifier, exportName }: OtelExporterConfig,
  { setting }: MakeOptions,
): Maker {
  const exports = exportsOf(module);
  const names = Object.keys(exports)
    .filter((name) => typeof exports[name] === "function" && name !== "module.exports")
    .toSorted();
  const found = exports[exportName];
  if (typeof found === "function") return found as Maker;
  const fault =
    found === undefined
      ? `${specifier} has no export ${exportName}`
      : `${exportName} of ${specifier} is no class`;
  throw new ConfigError(
    `${setting("export")}: ${fault}. Of classes and functions it has ${names.join(", ") || "none"}.`,
    {
      remedy:
        suggestion(exportName, names)?.replace("did", "Did") ??
        "Name the class of the exporter, or a function that makes it.",
    },
  );
}

/** What a CommonJS module exports is all in its `default`; by name only what Node.js can see from outside. */
function exportsOf(module: Exports): Exports {
  const { default: whole } = module;
  return typeof whole === "object" ? { ...module, ...whole } : module;
}

async function make(
  maker: Maker,
  { module, exportName, options }: OtelExporterConfig,
  { setting }: MakeOptions,
): Promise<Record<string, unknown> | undefined> {
  try {
    // Arrow and async functions cannot be constructed and have no prototype. With any other function, `new` gives the
    // object that the function returns.
    const made = maker.prototype === undefined ? maker(options) : Reflect.construct(maker, [options]);
    return (await made) as Record<string, unknown> | undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${setting("options")}: ${exportName} of ${module} does not take them: ${reason}`, {
      cause: error,
      remedy: "See what the exporter wants in its own documentation.",
    });
  }
}
