import { ConfigError } from "../errors.ts";
import type { ConfigDocument, ConfigProblem } from "./config-document.ts";

/** A config with something wrong in it. */
export class InvalidConfigError extends ConfigError {
  /** Everything that was found, in the order of the file. */
  readonly problems: readonly ConfigProblem[];
  /** Where a change may mend it: as `LoghookConfig.files`, also those of them that cannot be read. */
  readonly files: readonly string[];

  constructor(problems: readonly ConfigProblem[], files: readonly string[] = []) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
    this.files = files;
  }
}

function describeProblem({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column} ${path === "" ? "The file" : path} ${message}`;
}

/** @throws {InvalidConfigError} when something is wrong with the document, or nothing was made of it */
export function madeOf<T>(document: ConfigDocument, made: T | undefined): T {
  if (made !== undefined && document.problems.length === 0) return made;
  if (document.problems.length === 0) document.problem([], "must be a group of settings, found nothing");
  const inOrder = document.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  throw new InvalidConfigError(inOrder, document.files);
}
