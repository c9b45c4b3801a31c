import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { otelExporter } from "@loghook/exporter-otel";
import { otlpHttpExporter } from "@loghook/exporter-otlp";
import { webhookExporter } from "@loghook/exporter-webhook";
import type { ComponentFactory } from "@loghook/pipeline";
import { filterProcessor } from "@loghook/processor-filter";
import { redactProcessor } from "@loghook/processor-redact";
import { auth0Receiver } from "@loghook/receiver-auth0";
import { slackReporter } from "@loghook/reporter-slack";
import { sqliteStorage } from "@loghook/storage-sqlite";
import { z } from "zod";
import { workspaceRoot } from "./harness.ts";

const components: [string, ComponentFactory][] = [
  ["receivers.auth0", auth0Receiver],
  ["processors.filter", filterProcessor],
  ["processors.redact", redactProcessor],
  ["exporters.webhook", webhookExporter],
  ["exporters.otlp_http", otlpHttpExporter],
  ["exporters.otel", otelExporter],
  ["extensions.sqlite_storage", sqliteStorage],
  ["extensions.slack", slackReporter],
];

/** The part of a JSON Schema that says what a setting is. */
interface SettingSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Record<string, SettingSchema>;
  readonly required?: readonly string[];
}

const begin = /(<!-- settings:[^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/;
const readme: string = join(workspaceRoot, "README.md");

/** The README with the table of settings as the schemas have it. */
export function readmeWithSettings(text: string): string {
  return text.replace(
    begin,
    (_all, opening: string, closing: string) => `${opening}\n${settingsTables()}\n${closing}`,
  );
}

export const readReadme = (): string => readFileSync(readme, "utf8");

function settingsTables(): string {
  return components
    .map(([path, { config }]) => {
      const schema = z.toJSONSchema(config, { io: "input", unrepresentable: "any" }) as SettingSchema;
      const rows = settingRows(schema, "").join("\n");
      return `**\`${path}\`**\n\n| Setting | Default | Meaning |\n| --- | --- | --- |\n${rows}\n`;
    })
    .join("\n");
}

function settingRows(schema: SettingSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, setting]) => {
    const name = `${prefix}${key}`;
    if (setting.properties) return settingRows(setting, `${name}.`);
    if (!setting.description) throw new Error(`The setting ${name} has no description.`);
    const isRequired = schema.required?.includes(key) && setting.default === undefined;
    return `| \`${name}\` | ${isRequired ? "required" : defaultText(setting.default)} | ${cell(setting.description)} |`;
  });
}

function defaultText(value: unknown): string {
  if (value === undefined) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(readme, readmeWithSettings(readReadme()));
