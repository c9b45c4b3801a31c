import {
  type ComponentFactory,
  ConfigError,
  loadEvery,
  loadFactories,
  type Section,
  sections,
  settingSchema,
  suggestion,
} from "@loghook/pipeline";
import { factories } from "./components.ts";
import type { Io } from "./io.ts";
import type { AddCommand } from "./program.ts";
import { settingRows } from "./setting-rows.ts";
import { layOutTable } from "./table.ts";
import { painter, printable, toJson } from "./terminal-text.ts";

interface ComponentsOptions {
  readonly config?: string;
  readonly json?: true;
}

/** `loghook components`: what a config file can name, and how it is set. */
export const addComponentsCommand: AddCommand = (program, io) => {
  program
    .command("components")
    .description("list what a config file can name, or the settings of one component")
    .argument("[type]", "a component: webhook, or exporters.webhook")
    .option("-c, --config <file>", "with this file's own components, too")
    .option("--json", "print a JSON array with the settings of each component as a JSON Schema")
    .addHelpText("after", examples)
    .action(async (type: string | undefined, { config, json }: ComponentsOptions) => {
      const known =
        config === undefined
          ? await loadEvery(factories)
          : await loadFactories({ file: config, factories, env: io.env });
      const components = known.map(describe).sort((a, b) => a.order - b.order);
      const found = type === undefined ? components : findComponents(type, components);
      if (json) io.stdout.write(`${toJson(found.map(asListed), 2)}\n`);
      else
        io.stdout.write(
          type === undefined ? list(found, io) : found.map((one) => settingsOf(one, io)).join("\n"),
        );
    });
};

const examples = `
Examples:
  $ loghook components
  $ loghook components webhook                     its settings
  $ loghook components --config loghook.yaml       with those that the file brings itself`;

interface Component {
  readonly factory: ComponentFactory;
  /** Where in a config file it stands. */
  readonly section: Section;
  readonly order: number;
}

const sectionNames = Object.keys(sections) as Section[];

function describe(factory: ComponentFactory): Component {
  const order = sectionNames.findIndex((section) =>
    (sections[section] as readonly string[]).includes(factory.kind),
  );
  return { factory, order, section: sectionNames[order] ?? "extensions" };
}

const nameOf = ({ section, factory }: Component): string => `${section}.${factory.type}`;

/** @throws {ConfigError} when there is none of this name */
function findComponents(name: string, components: readonly Component[]): Component[] {
  const found = components.filter((one) => name === one.factory.type || name === nameOf(one));
  if (found.length > 0) return found;
  const types = components.map(({ factory }) => factory.type);
  const remedy = suggestion(name, types)?.replace(/^d/, "D");
  throw new ConfigError(`There is no component ${name}.`, {
    remedy: remedy ?? `There are ${types.join(", ")}.`,
  });
}

function asListed(component: Component): object {
  const { kind, type, description, config } = component.factory;
  return { name: nameOf(component), kind, type, description, settings: settingSchema(config) };
}

function list(components: readonly Component[], { stdout, env }: Io): string {
  const columns = [
    { title: "component", cell: nameOf },
    { title: "kind", cell: ({ factory }: Component) => factory.kind },
    { title: "what it is", cell: ({ factory }: Component) => printable(factory.description ?? "-") },
  ];
  const { head, rows } = layOutTable(components, columns, stdout.columns);
  return `${[painter(stdout, env)("bold", head), ...rows.flat()].join("\n")}\n`;
}

function settingsOf(component: Component, { stdout, env }: Io): string {
  const { description, config } = component.factory;
  const paint = painter(stdout, env);
  const rows = settingRows(settingSchema(config));
  const columns = [
    { title: "setting", cell: (row: (typeof rows)[number]) => row.name },
    { title: "default", cell: (row: (typeof rows)[number]) => row.default },
    { title: "meaning", cell: (row: (typeof rows)[number]) => printable(row.meaning) },
  ];
  const table = layOutTable(rows, columns, stdout.columns);
  const settings =
    rows.length === 0 ? ["No settings are known."] : [paint("bold", table.head), ...table.rows.flat()];
  return `${[paint("bold", nameOf(component)), description, "", ...settings].filter((line) => line !== undefined).join("\n")}\n`;
}
