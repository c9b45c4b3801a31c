import type { SeverityNumber } from "@opentelemetry/api";
import { type FilterConfig, type Level, levels } from "./config.ts";
import {
  categoryPrefix,
  createTypeMatcher,
  isCategoryPattern,
  type TypeAndCategory,
} from "./type-pattern.ts";

/** All that the filter knows of a record. Two records with the same traits are both kept or both left out. */
export interface RecordTraits extends TypeAndCategory {
  /** Undefined: the record has no severity. One of Auth0's has none when its type is in no catalogue. */
  readonly level: Level | undefined;
  /** An event of another program, which names its types itself: no catalogue is asked about it. */
  readonly isForeign: boolean;
}

// Where each level begins; a level takes its whole range, which is four wide save for debug, which takes TRACE too:
// https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
// As numbers: the enum would load all of @opentelemetry/api for them.
const lowestSeverities = [1, 9, 13, 17, 21] satisfies SeverityNumber[];
const unspecified = 0 satisfies SeverityNumber.UNSPECIFIED;
const highest = 24 satisfies SeverityNumber.FATAL4;

/** The level that an OpenTelemetry severity number stands for. Undefined: unspecified, or no such number. */
export function levelOf(severityNumber: number = unspecified): Level | undefined {
  if (severityNumber > highest) return undefined;
  const level = lowestSeverities.findLastIndex((lowest) => severityNumber >= lowest);
  return level === -1 ? undefined : (level as Level);
}

/** What a rule has against a record, as the end of "left out because …". Undefined: nothing. */
export type Rule = (traits: RecordTraits) => string | undefined;

/** The filter's settings, as one rule to ask about each record. */
export function createRule(config: FilterConfig): Rule {
  const excludes = createExclusion(config.excludeTypes);
  const rules = createRules(config);
  const joined = config.match === "all" ? firstOf(rules) : allOf(rules);
  return (traits) => excludes(traits) ?? joined(traits);
}

/** One rule that is against the record is enough to leave it out. */
function firstOf(rules: readonly Rule[]): Rule {
  return (traits) => rules.map((rule) => rule(traits)).find((reason) => reason !== undefined);
}

/** Every rule has to be against the record. */
function allOf(rules: readonly Rule[]): Rule {
  return (traits) => {
    const reasons = rules.map((rule) => rule(traits));
    return reasons.includes(undefined) ? undefined : reasons.join(", and ");
  };
}

function createExclusion(patterns: readonly string[]): Rule {
  const exclusions = patterns.map((pattern) => ({ pattern, matches: createTypeMatcher([pattern]) }));
  return (traits) => {
    const found = exclusions.find(({ matches }) => matches(traits));
    if (!found) return undefined;
    const byCategory = isCategoryPattern(found.pattern);
    const name = byCategory ? traits.category : traits.type;
    const pattern = byCategory ? found.pattern.slice(categoryPrefix.length) : found.pattern;
    const as = name === pattern ? "" : ` as ${found.pattern}`;
    return `its ${byCategory ? "category" : "type"} ${shown(name)} is in exclude_types${as}`;
  };
}

function createRules(config: FilterConfig): Rule[] {
  const { minLevel, types } = config;
  const dropUnknown = config.unknownTypes === "drop";
  const rules: Rule[] = [];
  if (minLevel !== undefined) rules.push(levelRule(minLevel, dropUnknown));
  if (types.length > 0) rules.push(typesRule(types, dropUnknown));
  // Without a rule that a record could pass, all there is to ask is whether it is known.
  if (rules.length === 0) {
    rules.push((traits) => (dropUnknown && isUnknown(traits) ? unknownReason(traits) : undefined));
  }
  return rules;
}

function levelRule(minLevel: Level, dropUnknown: boolean): Rule {
  return ({ level }) => {
    if (level === undefined) return dropUnknown ? "it has no level, and unknown_types is drop" : undefined;
    return level < minLevel
      ? `its level ${level} (${levels[level]}) is below min_level ${minLevel} (${levels[minLevel]})`
      : undefined;
  };
}

function typesRule(types: readonly string[], dropUnknown: boolean): Rule {
  const isNamed = createTypeMatcher(types);
  const asksForCategories = types.some(isCategoryPattern);
  return (traits) => {
    if (isNamed(traits)) return undefined;
    if (isUnknown(traits)) return dropUnknown ? unknownReason(traits) : undefined;
    const { type, category } = traits;
    const named = asksForCategories && category !== undefined;
    return named
      ? `neither its type ${shown(type)} nor its category ${shown(category)} is in types`
      : `its type ${shown(type)} is not in types`;
  };
}

function unknownReason({ type }: RecordTraits): string {
  const what = type === undefined ? "it has no type" : `its type ${shown(type)} is not in the catalogue`;
  return `${what}, and unknown_types is drop`;
}

function isUnknown({ type, level, isForeign }: RecordTraits): boolean {
  return type === undefined || (level === undefined && !isForeign);
}

/** Whoever writes entries names their types: short ones are shown as they are, others such that one sees where they end. */
function shown(name: string | undefined): string {
  if (name !== undefined && /^[\w.-]{1,80}$/.test(name)) return name;
  return JSON.stringify(name?.slice(0, 80)) ?? "";
}
