import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
} from "yaml";

/** Something wrong in a config file, where it stands, and what to do. */
export interface ConfigProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** `exporters.webhook.timeout`; empty for the file as a whole. */
  readonly path: string;
  /** Goes on from the path: "must be …". */
  readonly message: string;
}

export type ConfigPath = readonly (string | number)[];

/** A config file as values, with the place of each. */
export interface ConfigDocument {
  readonly value: unknown;
  readonly problems: ConfigProblem[];
  /** The file itself, those that it takes in with `${file:…}`, and those that settings name, as absolute paths. */
  readonly files: string[];
  /** Values that come whole from `${env:…}` or `${file:…}`, as the text that they are. */
  readonly texts: ReadonlyMap<string, string>;
  /** Settings left out because their text is empty, with what they say in the file. */
  readonly emptied: ReadonlyMap<string, string>;
  /** Values that hold something from `${…}`, with what stood between the braces: `env:TOKEN`. */
  readonly substituted: ReadonlyMap<string, readonly string[]>;
  /** Notes a problem at a value, or at the nearest thing around it that stands in the file. `at: "key"`: at its name. */
  problem(path: ConfigPath, message: string, options?: { at: "key" | "value" }): ConfigProblem;
}

export interface ReadOptions {
  /** For messages, and the folder that `${file:…}` starts from. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Nothing is put in, and empty texts are texts: for files that hold data. Default false. */
  readonly isLiteral?: boolean;
}

/** An alias may repeat a part of the file, but not blow it up. */
const maxAliases = 100;
const maxDepth = 32;

export const pathKey = (path: ConfigPath): string => path.join("\0");

/** Reads YAML and puts in `${env:NAME}`, `${env:NAME:-default}` and `${file:path}`, in values only. */
export function readConfigDocument(source: string, options: ReadOptions): ConfigDocument {
  const { file, env, isLiteral = false } = options;
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const offsets = new Map<string, { key: number; value: number }>();
  const texts = new Map<string, string>();
  const emptied = new Map<string, string>();
  const substituted = new Map<string, string[]>();
  const problems: ConfigProblem[] = [];
  const files = [resolve(file)];
  let aliases = 0;

  function problemAt(offset: number, path: ConfigPath, message: string): ConfigProblem {
    const { line, col } = lines.linePos(offset);
    const problem = {
      file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      path: path.join("."),
      message,
    };
    problems.push(problem);
    return problem;
  }

  function toValue(node: Node | null, path: ConfigPath): unknown {
    if (path.length > maxDepth) return void problemAt(node?.range?.[0] ?? 0, path, "is nested too deeply");
    if (isAlias(node)) {
      aliases += 1;
      if (aliases > maxAliases)
        return void problemAt(node.range?.[0] ?? 0, path, "repeats too much by aliases");
      return toValue(node.resolve(document) ?? null, path);
    }
    if (isMap(node)) return toObject(node.items as { key: Node; value: Node | null }[], path);
    if (isSeq(node)) return toList(node.items as Node[], path);
    return isScalar(node) ? toScalar(node.value, path, node.range?.[0] ?? 0) : null;
  }

  /** Items that are left out do not count: paths are those of the value. */
  function toList(items: readonly Node[], path: ConfigPath): unknown[] {
    const list: unknown[] = [];
    for (const node of items) {
      const item = toEntry(node, node, [...path, list.length]);
      if (item !== undefined) list.push(item);
    }
    return list;
  }

  function toObject(items: { key: Node; value: Node | null }[], path: ConfigPath): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (const { key, value } of items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      // Schemas and objects treat this name as none.
      if (name === "__proto__") {
        problemAt(key.range?.[0] ?? 0, [...path, name], "is not a possible name");
        continue;
      }
      const entry = toEntry(key, value, [...path, name]);
      if (entry !== undefined) entries.push([name, entry]);
    }
    return Object.fromEntries(entries);
  }

  function toEntry(key: Node, value: Node | null, path: ConfigPath): unknown {
    const keyOffset = key.range?.[0] ?? 0;
    offsets.set(pathKey(path), { key: keyOffset, value: value?.range?.[0] ?? keyOffset });
    return toValue(value, path);
  }

  function toScalar(value: unknown, path: ConfigPath, offset: number): unknown {
    if (typeof value !== "string" || isLiteral) return value;
    const text = value.includes("$") ? substitute(value, path, offset) : value;
    if (text === undefined) return undefined;
    if (text === "") {
      emptied.set(pathKey(path), value);
      return undefined;
    }
    if (!/^\$\{[^}]*\}$/.test(value)) return text;
    texts.set(pathKey(path), text);
    return plainValue(text);
  }

  function substitute(value: string, path: ConfigPath, offset: number): string | undefined {
    let failed = false;
    const text = value.replaceAll(/\$\$|\$\{([^}]*)\}/g, (whole, expression?: string) => {
      if (expression === undefined) return "$";
      const result = evaluate(expression, { file, env });
      if (result.file !== undefined && !files.includes(result.file)) files.push(result.file);
      substituted.set(pathKey(path), [...(substituted.get(pathKey(path)) ?? []), expression]);
      if ("text" in result) return result.text;
      problemAt(offset, path, result.problem);
      failed = true;
      return whole;
    });
    return failed ? undefined : text;
  }

  for (const error of tellingErrors(document.errors)) {
    const { line } = lines.linePos(error.pos[0]);
    const hint = source.split("\n")[line - 1]?.includes("${") ? quotingHint : "";
    problemAt(error.pos[0], [], `is not valid YAML: ${error.message}${hint}`);
  }
  const value = document.errors.length > 0 ? undefined : toValue(document.contents as Node | null, []);

  return {
    value,
    problems,
    files,
    texts,
    emptied,
    substituted,
    problem(path, message, options = { at: "value" }) {
      let known = path;
      while (known.length > 0 && !offsets.has(pathKey(known))) known = known.slice(0, -1);
      const place = offsets.get(pathKey(known));
      const at = known.length < path.length ? "key" : options.at;
      return problemAt(place?.[at] ?? 0, path, message);
    },
  };
}

type Evaluation = ({ readonly text: string } | { readonly problem: string }) & { readonly file?: string };

function evaluate(expression: string, { file, env }: ReadOptions): Evaluation {
  const match = /^(env|file):(.+)$/s.exec(expression);
  if (!match) {
    return {
      problem: `holds \${${expression}}; write \${env:NAME}, \${env:NAME:-default} or \${file:path}, or $$ for a dollar sign`,
    };
  }
  const [, scheme, rest = ""] = match;
  return scheme === "env" ? evaluateEnv(rest, env) : evaluateFile(rest, file);
}

function evaluateEnv(rest: string, env: ReadOptions["env"]): Evaluation {
  const [name = "", ...defaults] = rest.split(":-");
  const fallback = defaults.length > 0 ? defaults.join(":-") : undefined;
  const value = env[name];
  // As in a shell, ":-" stands in for a variable that is empty, too.
  if (value !== undefined && (value !== "" || fallback === undefined)) return { text: value };
  if (fallback !== undefined) return { text: fallback };
  return {
    problem: `needs the environment variable ${name}, which is not set; set it, or write \${env:${name}:-default}`,
  };
}

function evaluateFile(path: string, configFile: string): Evaluation {
  const full = resolve(dirname(configFile), path);
  try {
    return { file: full, text: readFileSync(full, "utf8").trimEnd() };
  } catch (error) {
    return {
      file: full,
      problem: `needs the file ${full}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
    };
  }
}

/** Numbers and truth values keep their meaning when they come from the environment, where everything is text. */
function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text;
}

const quotingHint = "; inside { } and [ ] a ${…} must stand in quotes";

/** What follows a broken place is mostly noise; doubled keys are each worth saying. */
function tellingErrors(errors: readonly YAMLParseError[]): YAMLParseError[] {
  const broken = errors.find(({ code }) => code !== "DUPLICATE_KEY");
  return [...errors.filter(({ code }) => code === "DUPLICATE_KEY"), ...(broken ? [broken] : [])];
}
