import type { ActionName } from "./actions.ts";
import { auth0Attributes } from "./auth0-attributes.ts";
import { type Path, parsePath } from "./path.ts";
import { createPathMatcher, type PathMatcher } from "./path-matcher.ts";

/** Which places, and what becomes of them. */
export interface RedactRule {
  /** Places in the entry. */
  readonly paths: readonly Path[];
  /** Names of attributes; `*` stands for any characters. */
  readonly attributes: readonly string[];
  readonly action: ActionName;
}

/** What a record is known by, in the entry and in the attributes. No rule reaches it. */
export const identity = {
  paths: ["log_id", "_id", "type", "date"],
  attributes: ["log.record.uid", "auth0.type", "auth0.category", "auth0.outcome"],
} as const;

const keepIdentity: RedactRule = {
  paths: identity.paths.map(parsePath),
  attributes: identity.attributes,
  action: "keep",
};

/** All rules, compiled. A rule is known by its number; the lower one decides. */
export interface RuleBook {
  readonly paths: PathMatcher;
  actionOf(rule: number): ActionName;
  /** The rule for an attribute. `noRule`: there is none. */
  attributeRule(name: string): number;
}

export const noRule: number = Number.POSITIVE_INFINITY;

/** @param given the most important first */
export function createRuleBook(given: readonly RedactRule[]): RuleBook {
  const rules = [keepIdentity, ...given];
  const paths = createPathMatcher(rules.map((rule) => rule.paths));
  const actionOf = (rule: number): ActionName => rules[rule]?.action ?? "keep";
  const names = rules.map(({ attributes }) => attributes.map(globToRegExp));
  const copies = new Map(
    Object.entries(auth0Attributes).map(([name, sources]) => [name, ruleForCopy(sources)]),
  );

  /** A copy may come from any of its sources, so it is kept only when all of them are. */
  function ruleForCopy(sources: readonly string[]): number {
    const found = sources.map((source) => ruleForPath(source.split(".")));
    const redacting = found.filter((rule) => rule !== noRule && actionOf(rule) !== "keep");
    if (redacting.length > 0) return Math.min(...redacting);
    return found.includes(noRule) ? noRule : Math.min(...found);
  }

  function ruleForPath(keys: readonly string[]): number {
    let places = paths.root;
    let limit = noRule;
    for (const [index, key] of keys.entries()) {
      places = paths.step(places, key);
      limit = paths.firstRule(places, index === keys.length - 1 ? "leaf" : "container", limit);
      if (limit !== noRule && actionOf(limit) !== "keep") break;
    }
    return limit;
  }

  return {
    paths,
    actionOf,
    attributeRule(name) {
      const named = names.findIndex((globs) => globs.some((glob) => glob.test(name)));
      return Math.min(named === -1 ? noRule : named, copies.get(name) ?? noRule);
    },
  };
}

function globToRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.split("*").map(RegExp.escape).join(".*")}$`, "s");
}
