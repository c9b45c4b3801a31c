/** What the types of a filter are compared with. Undefined: the record does not say. */
export interface TypeAndCategory {
  readonly type: string | undefined;
  readonly category: string | undefined;
}

export const categoryPrefix = "category:";

/** Much longer than any name, and short enough for every regular expression. */
export const maxPatternLength = 200;

/** Whether a text can be a code, a glob or a category. Anything else would never match, so it is a mistake. */
export function isTypePattern(text: string): boolean {
  return text.length <= maxPatternLength && /^(category:)?[\w.*?-]+$/.test(text);
}

/** Whether it is compared with the category of a record, and not with its type. */
export const isCategoryPattern = (pattern: string): boolean => pattern.startsWith(categoryPrefix);

/** Whether one of the patterns names the type, or its category where the pattern begins with `category:`. */
export function createTypeMatcher(patterns: readonly string[]): (record: TypeAndCategory) => boolean {
  const types = patterns.filter((pattern) => !isCategoryPattern(pattern)).map(globToRegExp);
  const categories = patterns
    .filter(isCategoryPattern)
    .map((pattern) => globToRegExp(pattern.slice(categoryPrefix.length)));
  return ({ type, category }) =>
    (type !== undefined && types.some((glob) => glob.test(type))) ||
    (category !== undefined && categories.some((glob) => glob.test(category)));
}

/**
 * `*` is any run of characters, `?` any one. Each part between two stars is looked for once, where it first occurs,
 * and that place is not reconsidered: a lookahead does not backtrack. So the time grows with the length of the name
 * and not with a power of it, whatever the pattern. Python's fnmatch does the same:
 * https://github.com/python/cpython/blob/3.11/Lib/fnmatch.py
 */
function globToRegExp(glob: string): RegExp {
  const [first = "", ...rest] = glob.split(/\*+/).map(escapeExceptQuestionMark);
  const last = rest.pop();
  if (last === undefined) return new RegExp(`^${first}$`, "s");
  const middle = rest.map((part, index) => `(?=(.*?${part}))\\${index + 1}`);
  return new RegExp(`^${first}${middle.join("")}.*${last}$`, "s");
}

function escapeExceptQuestionMark(text: string): string {
  return text.split("?").map(RegExp.escape).join(".");
}
