import { createRequire } from "node:module";
import { ConfigError, LoghookError, SourceRefusedError } from "@loghook/pipeline";
import { Command, CommanderError } from "commander";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { escapeInvisible } from "./terminal-text.ts";

/** A verb: adds itself to the program and reports its exit code. */
export type AddCommand = (program: Command, io: Io, end: (code: ExitCode) => void) => void;

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

/** The verbs, in the order in which help lists them, each with what loads it. */
const commands = new Map<string, () => Promise<AddCommand>>([
  ["run", async () => (await import("./run-command.ts")).addRunCommand],
  ["validate", async () => (await import("./validate-command.ts")).addValidateCommand],
  ["test", async () => (await import("./test-command.ts")).addTestCommand],
  ["print-config", async () => (await import("./print-config-command.ts")).addPrintConfigCommand],
  ["components", async () => (await import("./components-command.ts")).addComponentsCommand],
  ["schema", async () => (await import("./schema-command.ts")).addSchemaCommand],
  ["runs", async () => (await import("./runs-command.ts")).addRunsCommand],
  ["audit", async () => (await import("./audit-command.ts")).addAuditCommand],
  ["parked", async () => (await import("./parked-command.ts")).addParkedCommand],
  ["types", async () => (await import("./types-command.ts")).addTypesCommand],
  ["sink", async () => (await import("./sink-command.ts")).addSinkCommand],
  ["send", async () => (await import("./send-command.ts")).addSendCommand],
  ["simulate", async () => (await import("./simulate-command.ts")).addSimulateCommand],
  ["demo", async () => (await import("./demo-command.ts")).addDemoCommand],
]);

/** The verb that is called; all of them for help, and for what is none, which may be misspelt. */
async function loadCommands([verb = ""]: readonly string[]): Promise<AddCommand[]> {
  const called = commands.get(verb);
  return await Promise.all((called ? [called] : [...commands.values()]).map((load) => load()));
}

/** @param argv what follows the program's name */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = new Command("loghook")
    .description("Ships Auth0 tenant logs to webhooks, and never skips one.")
    .version(version, "--version", "print the version")
    .exitOverride()
    .showHelpAfterError("(loghook --help shows what there is)")
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  for (const add of await loadCommands(argv)) {
    add(program, io, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    return reportError(error, io);
  }
}

function reportError(error: unknown, io: Io): ExitCode {
  // commander has said what was wrong with the arguments, or has shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.config;
  if (io.stop.aborted && error === io.stop.reason) {
    io.stderr.write("Stopped before the end.\n");
    return exitCodes.tryAgainLater;
  }
  if (!(error instanceof LoghookError)) {
    const told = error instanceof Error ? error.stack : String(error);
    io.stderr.write(escapeInvisible(`${told}\nThis is a bug in loghook.\n`));
    return exitCodes.bug;
  }
  io.stderr.write(escapeInvisible(`${[error.message, error.remedy].filter(Boolean).join("\n")}\n`));
  return error instanceof ConfigError || error instanceof SourceRefusedError
    ? exitCodes.config
    : exitCodes.tryAgainLater;
}
