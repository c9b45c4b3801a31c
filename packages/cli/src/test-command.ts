import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, InvalidConfigError } from "@loghook/pipeline";
import { runCaseFile } from "./case-runs.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import type { AddCommand } from "./program.ts";
import { painter } from "./terminal-text.ts";
import { type CaseResult, describeResult, describeTotal } from "./test-report.ts";

interface TestOptions {
  readonly config?: string;
  readonly json?: true;
}

/** `loghook test`: whether a config does to entries what its cases expect. */
export const addTestCommand: AddCommand = (program, io, end) => {
  program
    .command("test")
    .description(
      "run the cases that lie beside a config: given these entries, what is kept, dropped, changed",
    )
    .argument("[files...]", "configs, case files or folders of them; default: loghook.yaml")
    .option("-c, --config <file>", "the config to test; default: the one that the cases are named for")
    .option("--json", "print a JSON array with what became of each case")
    .addHelpText("after", help)
    .action(async (given: string[], options: TestOptions) => {
      const files = (given.length > 0 ? given : ["loghook.yaml"]).flatMap(caseFilesOf);
      end(await runAll(files, io, options));
    });
};

async function runAll(files: readonly string[], io: Io, { config, json }: TestOptions): Promise<ExitCode> {
  const paint = painter(io.stdout, io.env);
  const results: CaseResult[] = [];
  let unusable = 0;
  for (const file of files) {
    try {
      const found = await runCaseFile(file, io, config);
      results.push(...found);
      const lines = [file, ...found.map((result) => describeResult(result, paint)), ""];
      if (!json) io.stdout.write(lines.join("\n"));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const remedy = error instanceof InvalidConfigError ? undefined : error.remedy;
      io.stderr.write(`${[error.message, remedy].filter(Boolean).join("\n")}\n`);
      unusable++;
    }
  }
  if (json) io.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  else if (results.length > 0) io.stdout.write(`${describeTotal(results)}\n`);
  if (unusable > 0) return exitCodes.config;
  return results.some(({ faults }) => faults.length > 0) ? exitCodes.casesFailed : exitCodes.done;
}

const isCaseFile = (path: string): boolean => /\.test\.ya?ml$/.test(path);

function caseFilesOf(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return caseFilesIn(path);
  if (isCaseFile(path)) return [path];
  const beside = path.replace(/(\.ya?ml)?$/, ".test$1");
  if (existsSync(beside)) return [beside];
  throw new ConfigError(`There are no cases for ${path}.`, {
    remedy: `Write them into ${beside}; loghook test --help shows how.`,
  });
}

function caseFilesIn(folder: string): string[] {
  const files = readdirSync(folder).filter(isCaseFile).sort();
  if (files.length > 0) return files.map((name) => join(folder, name));
  throw new ConfigError(`The folder ${folder} has no cases in it.`, {
    remedy: "Cases for loghook.yaml stand in loghook.test.yaml beside it; loghook test --help shows how.",
  });
}

const help = `
The cases for loghook.yaml stand in loghook.test.yaml beside it:

  env: { PSEUDONYM_KEY: for-tests-only }   # for the processors; beside what is set
  cases:
    - name: failed logins are kept, without addresses
      pipeline: logs                       # default: each pipeline
      entries:
        - f                                # a sample of this type
        - { sample: s, with: { user_name: ada@example.com } }
        - { log_id: "900…", type: limit_wc, ip: 198.51.100.7 }
        - from_file: entries.json          # a JSON array, JSON Lines, or one entry
      expect:                              # entries are named by type, log_id or place from 0
        kept: [f, limit_wc]                # or true, false; these and no others
        dropped: [s]
        records:
          - of: limit_wc                   # default: every kept one
            body: { type: limit_wc }       # these fields, among others; body_is: the whole body
            body_lacks: [ip, details.*.ip]
            attributes: { auth0.type: limit_wc }
            attributes_lack: [client.address]
        nowhere: [198.51.100.7]            # in no kept record

Entries become records as the auth0 receiver makes them. For other receivers give records in place of entries:
{body, attributes, severity_number, event_name}. Only processors run: nothing is read or sent, and variables that
receivers, exporters and extensions take need not be set.

Exit codes: 0 all passed, 65 a case failed, 78 a config or a case file cannot be used, 1 a bug.

Examples:
  $ loghook test
  $ loghook test collector-config/
  $ loghook test --config production.yaml cases/logins.test.yaml`;
