import { configJsonSchema, loadEvery, loadFactories } from "@loghook/pipeline";
import { factories } from "./components.ts";
import type { AddCommand } from "./program.ts";
import { toJson } from "./terminal-text.ts";

/** `loghook schema`: the JSON Schema of config files, for editors. */
export const addSchemaCommand: AddCommand = (program, io) => {
  program
    .command("schema")
    .description("print the JSON Schema of config files, for editors and other tools")
    .option("-c, --config <file>", "with the settings of this file's own components, too")
    .addHelpText("after", help)
    .action(async ({ config }: { config?: string }) => {
      const known =
        config === undefined
          ? await loadEvery(factories)
          : await loadFactories({ file: config, factories, env: io.env });
      io.stdout.write(`${toJson(configJsonSchema(known), 2)}\n`);
    });
};

const help = `
Editors with yaml-language-server propose settings, explain them and mark mistakes once the schema lies beside the
config file, and the file begins with

  # yaml-language-server: $schema=loghook.schema.json

Names that lead nowhere, variables that are not set and rules about several settings are for loghook validate.

Examples:
  $ loghook schema > loghook.schema.json
  $ loghook schema --config loghook.yaml > loghook.schema.json`;
