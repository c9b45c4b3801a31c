import { createRequire } from "node:module";
import { ConfigError, LoghookError, SourceRefusedError } from "@loghook/pipeline";
import { Command, CommanderError } from "commander";
import { addAuditCommand } from "./audit-command.ts";
import { addComponentsCommand } from "./components-command.ts";
import { addDemoCommand } from "./demo-command.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { addParkedCommand } from "./parked-command.ts";
import { addPrintConfigCommand } from "./print-config-command.ts";
import { addRunCommand } from "./run-command.ts";
import { addRunsCommand } from "./runs-command.ts";
import { addSchemaCommand } from "./schema-command.ts";
import { addSendCommand } from "./send-command.ts";
import { addSimulateCommand } from "./simulate-command.ts";
import { addSinkCommand } from "./sink-command.ts";
import { escapeInvisible } from "./terminal-text.ts";
import { addTestCommand } from "./test-command.ts";
import { addTypesCommand } from "./types-command.ts";
import { addValidateCommand } from "./validate-command.ts";

/** A verb: adds itself to the program and reports its exit code. */
export type AddCommand = (program: Command, io: Io, end: (code: ExitCode) => void) => void;

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

const commands: readonly AddCommand[] = [
  addRunCommand,
  addValidateCommand,
  addTestCommand,
  addPrintConfigCommand,
  addComponentsCommand,
  addSchemaCommand,
  addRunsCommand,
  addAuditCommand,
  addParkedCommand,
  addTypesCommand,
  addSinkCommand,
  addSendCommand,
  addSimulateCommand,
  addDemoCommand,
];

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
  for (const add of commands) {
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
