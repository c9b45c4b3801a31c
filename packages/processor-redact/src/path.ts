/** One part of a path: a key or index by its name, any one of them, or any number of them, also none. */
export type PathPart = { readonly key: string } | "*" | "**";

/** Names places in an entry. Never empty. */
export type Path = readonly PathPart[];

/** What is wrong with a path, as the end of a sentence that begins with its setting. */
export class PathProblem extends Error {
  override readonly name = "PathProblem";
}

/** A key in quotes, or whatever stands before the next dot. Fits anywhere. */
const nextPart = /(?:"([^"]*)"|'([^']*)'|([^.]*))(\.|$)/y;

/**
 * Reads `details.prompts.*.user_name`. The language is small: dots, `*`, `**`, and quotes around a key that has one of
 * `.*[]"'` or a space in it.
 *
 * @throws {PathProblem} when it cannot be read; a path that is misread would redact nothing
 */
export function parsePath(text: string): Path {
  if (text === "") throw new PathProblem("must name a place in the entry, found an empty text");
  const parts: PathPart[] = [];
  nextPart.lastIndex = 0;
  for (let isLast = false; !isLast; ) {
    const [, double, single, bare = "", separator = ""] = nextPart.exec(text) ?? [];
    const quoted = double ?? single;
    parts.push(quoted === undefined ? barePart(bare, text) : { key: quoted });
    isLast = separator === "";
  }
  if (parts.some((part, index) => part === "**" && parts[index + 1] === "**")) {
    throw new PathProblem(`must not have ** twice in a row, found ${text}`);
  }
  return parts;
}

function barePart(part: string, text: string): PathPart {
  if (part === "*" || part === "**") return part;
  if (part === "") {
    throw new PathProblem(`must have a key on both sides of each dot, found ${text}`);
  }
  if (/[[\]]/.test(part)) {
    throw new PathProblem(`must name items of a list by dots, as in prompts.*.user_name, found ${text}`);
  }
  if (part.includes("*")) {
    throw new PathProblem(`must have * by itself, for a whole key, found ${text}`);
  }
  if (/^["']/.test(part)) {
    throw new PathProblem(`must close its quotes, with a dot or nothing behind them, found ${text}`);
  }
  if (/["'\s]/.test(part)) {
    throw new PathProblem(`must have quotes around a key with quotes or spaces in it, found ${text}`);
  }
  if (part === "$") {
    throw new PathProblem(`must begin with a key of the entry, without $., found ${text}`);
  }
  return { key: part };
}
