import { printableConfig } from "@loghook/pipeline";
import { stringify } from "yaml";
import { factories } from "./components.ts";
import type { AddCommand } from "./program.ts";
import { toJson } from "./terminal-text.ts";

/** `loghook print-config`: what a config file comes to. */
export const addPrintConfigCommand: AddCommand = (program, io) => {
  program
    .command("print-config")
    .description("print a config file as loghook understands it, without its secrets")
    .option("-c, --config <file>", "the config file", "loghook.yaml")
    .option("--json", "print JSON instead of YAML")
    .addHelpText("after", help)
    .action(async ({ config, json }: { config: string; json?: true }) => {
      const printable = await printableConfig({ file: config, factories, env: io.env });
      io.stdout.write(json ? `${toJson(printable, 2)}\n` : stringify(printable, { lineWidth: 0 }));
    });
};

const help = `
What comes from variables and files is put in, what is left out has its default. Secrets are "[redacted]", and of
addresses only the beginning is shown, since tokens stand in paths, too. In settings that a component passes on without
knowing them (exporters.otel.options), everything that comes from a variable or a file is redacted, and everything under
a name such as headers, token or key.

Exit codes: 0 done, 78 the config is wrong.`;
