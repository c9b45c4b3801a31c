import type { Range } from "./search-range.ts";

// The part of Lucene's query syntax that the log search knows: AND, OR, NOT, parentheses, fields, "phrases", ranges.

export interface Clause {
  readonly kind: "clause";
  /** Undefined: any of the fields that are searched by default. */
  readonly field: string | undefined;
  /** "" where there is a range. */
  readonly term: string;
  readonly range: Range | undefined;
}

export type QueryNode =
  | Clause
  | { readonly kind: "not"; readonly of: QueryNode }
  | { readonly kind: "and" | "or"; readonly of: readonly QueryNode[] };

type Token = "(" | ")" | "AND" | "OR" | "NOT" | Clause;

/** @throws Error when the text is not a query */
export function parseQuery(text: string): QueryNode {
  const tokens = tokenize(text);
  const node = parseOr(tokens);
  if (tokens.length > 0) throw new Error(`unexpected ${nameOf(tokens[0])}`);
  return node;
}

function parseOr(tokens: Token[]): QueryNode {
  const of = [parseAnd(tokens)];
  while (tokens[0] === "OR") {
    tokens.shift();
    of.push(parseAnd(tokens));
  }
  return of.length === 1 && of[0] ? of[0] : { kind: "or", of };
}

function parseAnd(tokens: Token[]): QueryNode {
  const of = [parseOperand(tokens)];
  while (tokens[0] === "AND") {
    tokens.shift();
    of.push(parseOperand(tokens));
  }
  return of.length === 1 && of[0] ? of[0] : { kind: "and", of };
}

function parseOperand(tokens: Token[]): QueryNode {
  const token = tokens.shift();
  if (token === "NOT") return { kind: "not", of: parseOperand(tokens) };
  if (token === "(") {
    const node = parseOr(tokens);
    if (tokens.shift() !== ")") throw new Error("a parenthesis is not closed");
    return node;
  }
  if (typeof token !== "object") throw new Error(`unexpected ${nameOf(token)}`);
  return token;
}

function nameOf(token: Token | undefined): string {
  if (token === undefined) return "end of query";
  return typeof token === "string" ? token : `"${token.field ? `${token.field}:` : ""}${token.term}"`;
}

const tokenPattern = new RegExp(
  [
    String.raw`\s*(?:(?<sign>[()]|-(?=\S)|!(?=\S)|(?:AND|OR|NOT)(?=[\s(]))`,
    String.raw`(?:(?<field>[A-Za-z_.]+):)?(?:"(?<phrase>(?:[^"\\]|\\.)*)"`,
    String.raw`(?<open>[[{])\s*(?<from>[^\s\]}]+)\s+TO\s+(?<to>[^\s\]}]+)\s*(?<close>[\]}])`,
    String.raw`(?<word>(?:[^\s()"[\]{}\\]|\\.)+)))\s*`,
  ].join("|"),
  "y",
);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined) throw new Error(`cannot be understood from "${text.slice(at)}" on`);
    tokens.push(groups.sign ? signToken(groups.sign) : clauseOf(groups));
  }
  return tokens;
}

function signToken(sign: string): Token {
  return sign === "-" || sign === "!" ? "NOT" : (sign as Token);
}

function clauseOf(groups: Partial<Record<string, string>>): Clause {
  const { field, phrase, word, open, from = "", to = "", close } = groups;
  if (field === undefined && word?.endsWith(":")) throw new Error(`"${word}" has no value`);
  const range = open ? { from, fromIncluded: open === "[", to, toIncluded: close === "]" } : undefined;
  const term = (phrase ?? word ?? "").replace(/\\(.)/g, "$1");
  return { kind: "clause", field, term, range };
}
