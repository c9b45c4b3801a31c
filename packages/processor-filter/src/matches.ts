import { SeverityNumber } from "@opentelemetry/api";
import type { FilterConfig, Level } from "./config.ts";
import { createTypeMatcher, type TypeAndCategory } from "./type-pattern.ts";

/** All that the filter knows of a record. Two records with the same traits are both kept or both left out. */
export interface RecordTraits extends TypeAndCategory {
  /** Undefined: the record has no severity. One of Auth0's has none when its type is in no catalogue. */
  readonly level: Level | undefined;
  /** An event of another program, which names its types itself: no catalogue is asked about it. */
  readonly isForeign: boolean;
}

// Where each level begins; a level takes its whole range, which is four wide save for debug, which takes TRACE too:
// https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
const lowestSeverities = [
  SeverityNumber.TRACE,
  SeverityNumber.INFO,
  SeverityNumber.WARN,
  SeverityNumber.ERROR,
  SeverityNumber.FATAL,
];

/** The level that an OpenTelemetry severity number stands for. Undefined: unspecified, or no such number. */
export function levelOf(severityNumber: number = SeverityNumber.UNSPECIFIED): Level | undefined {
  if (severityNumber > SeverityNumber.FATAL4) return undefined;
  const level = lowestSeverities.findLastIndex((lowest) => severityNumber >= lowest);
  return level === -1 ? undefined : (level as Level);
}

/** The filter's rules, as one question to ask of each record. */
export function createMatcher(config: FilterConfig): (traits: RecordTraits) => boolean {
  const isExcluded = createTypeMatcher(config.excludeTypes);
  const tests = createTests(config);
  return (traits) =>
    !isExcluded(traits) &&
    (config.match === "all" ? tests.every((test) => test(traits)) : tests.some((test) => test(traits)));
}

function createTests(config: FilterConfig): ((traits: RecordTraits) => boolean)[] {
  const { minLevel, types } = config;
  const dropUnknown = config.unknownTypes === "drop";
  const isNamed = createTypeMatcher(types);
  const tests: ((traits: RecordTraits) => boolean)[] = [];
  if (minLevel !== undefined) {
    tests.push(({ level }) => (level === undefined ? !dropUnknown : level >= minLevel));
  }
  if (types.length > 0) {
    tests.push((traits) => isNamed(traits) || (!dropUnknown && isUnknown(traits)));
  }
  // Without a rule that a record could pass, all there is to ask is whether it is known.
  if (tests.length === 0) tests.push((traits) => !dropUnknown || !isUnknown(traits));
  return tests;
}

function isUnknown({ type, level, isForeign }: RecordTraits): boolean {
  return type === undefined || (level === undefined && !isForeign);
}
