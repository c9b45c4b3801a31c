import { ConfigError } from "../errors.ts";
import type { ConfigDocument, ConfigProblem } from "./config-document.ts";

/** A config with something wrong in it. `problems` has everything that was found, in the order of the file. */
export class InvalidConfigError extends ConfigError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

function describeProblem({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column} ${path === "" ? "The file" : path} ${message}`;
}

/** @throws {InvalidConfigError} when something is wrong with the document, or nothing was made of it */
export function madeOf<T>(document: ConfigDocument, made: T | undefined): T {
  if (made !== undefined && document.problems.length === 0) return made;
  if (document.problems.length === 0) document.problem([], "must be a group of settings, found nothing");
  throw new InvalidConfigError(document.problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
}
