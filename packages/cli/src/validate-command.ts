import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, InvalidConfigError, loadConfigFile } from "@loghook/pipeline";
import { factories } from "./components.ts";
import { configWarnings } from "./config-warnings.ts";
import { describePipelines } from "./describe-pipelines.ts";
import { exitCodes, type Io } from "./io.ts";
import type { AddCommand } from "./program.ts";

export const addValidateCommand: AddCommand = (program, io, end) => {
  program
    .command("validate")
    .description("check config files, and say everything that is wrong with them")
    .argument("[files...]", "config files, or folders of them; default: loghook.yaml")
    .option("-c, --config <file>", "a config file, as in run")
    .addHelpText(
      "after",
      `
Variables that the files take from the environment must be set, as for a run.
Exit codes: 0 all are good, 78 at least one is not.

Examples:
  $ loghook validate loghook.yaml
  $ loghook validate collector-config/`,
    )
    .action(async (given: string[], { config }: { config?: string }) => {
      const named = [...given, ...(config === undefined ? [] : [config])];
      const files = (named.length > 0 ? named : ["loghook.yaml"]).flatMap(filesOf);
      const good: string[] = [];
      for (const file of files) if (await validate(file, io)) good.push(file);
      if (files.length > 1) io.stdout.write(`${good.length} of ${files.length} files are valid.\n`);
      end(good.length === files.length ? exitCodes.done : exitCodes.config);
    });
};

function filesOf(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  // Beside configs there may be the cases of loghook test.
  const files = readdirSync(path).filter((name) => /(?<!\.test)\.ya?ml$/.test(name));
  if (files.length > 0) return files.sort().map((name) => join(path, name));
  throw new ConfigError(`The folder ${path} has no YAML files in it.`, {
    remedy: "Name a config file instead.",
  });
}

async function validate(file: string, io: Io): Promise<boolean> {
  try {
    const config = await loadConfigFile({ file, factories, env: io.env });
    const pipelines = describePipelines(config).map((line) => `  ${line}\n`);
    for (const warning of configWarnings(config)) io.stderr.write(`${file} warning: ${warning}\n`);
    io.stdout.write(`${file} is valid.\n${pipelines.join("")}`);
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = error instanceof InvalidConfigError ? undefined : error.remedy;
    io.stderr.write(`${[error.message, remedy].filter(Boolean).join("\n")}\n`);
    return false;
  }
}
