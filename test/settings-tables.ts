import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { otelExporter } from "@loghook/exporter-otel";
import { otlpHttpExporter } from "@loghook/exporter-otlp";
import { webhookExporter } from "@loghook/exporter-webhook";
import { type ComponentFactory, settingSchema } from "@loghook/pipeline";
import { filterProcessor } from "@loghook/processor-filter";
import { redactProcessor } from "@loghook/processor-redact";
import { auth0Receiver } from "@loghook/receiver-auth0";
import { slackReporter } from "@loghook/reporter-slack";
import { sqliteStorage } from "@loghook/storage-sqlite";
import { type SettingRow, settingRows } from "../packages/cli/src/setting-rows.ts";
import { workspaceRoot } from "./harness.ts";

/** The component of each package that has settings. */
export const componentOf: Readonly<Record<string, ComponentFactory>> = {
  "receiver-auth0": auth0Receiver,
  "processor-filter": filterProcessor,
  "processor-redact": redactProcessor,
  "exporter-webhook": webhookExporter,
  "exporter-otlp": otlpHttpExporter,
  "exporter-otel": otelExporter,
  "storage-sqlite": sqliteStorage,
  "reporter-slack": slackReporter,
};

const marks = /(<!-- settings:[^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/;

export const readmeOf = (folder: string): string => join(workspaceRoot, "packages", folder, "README.md");

/** The README of a package with the table of settings as its schema has it. */
export function readmeWithSettings(folder: string): string {
  const text = readFileSync(readmeOf(folder), "utf8");
  if (!marks.test(text)) throw new Error(`${readmeOf(folder)} has no place for its settings.`);
  const rows = settingRows(settingSchema((componentOf[folder] as ComponentFactory).config));
  const table = ["| Setting | Default | Meaning |", "| --- | --- | --- |", ...rows.map(tableRow)].join("\n");
  return text.replace(marks, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}

function tableRow({ name, default: value, meaning }: SettingRow): string {
  if (meaning === "") throw new Error(`The setting ${name} has no description.`);
  const shown = value === "" || value === "required" ? value : `\`${value}\``;
  return `| ${[`\`${name}\``, shown, meaning].map(cell).join(" | ")} |`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const folder of Object.keys(componentOf)) writeFileSync(readmeOf(folder), readmeWithSettings(folder));
}
