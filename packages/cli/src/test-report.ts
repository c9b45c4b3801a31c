import type { Fault } from "./run-case.ts";
import { type Paint, printable } from "./terminal-text.ts";

/** What became of one case in one pipeline. */
export interface CaseResult {
  readonly file: string;
  readonly name: string;
  readonly pipeline: string;
  /** Empty: it passed. */
  readonly faults: readonly Fault[];
}

/** One line, and for a case that failed the reasons below it. */
export function describeResult({ name, pipeline, faults }: CaseResult, paint: Paint): string {
  const title = `${printable(name)} ${paint("gray", `(${pipeline})`)}`;
  if (faults.length === 0) return `  ${paint("green", "✓")} ${title}`;
  return [`  ${paint("red", "✗")} ${title}`, ...faults.flatMap((fault) => describeFault(fault, paint))].join(
    "\n",
  );
}

function describeFault({ record, path, expected, found }: Fault, paint: Paint): string[] {
  const place = [record, path].filter(Boolean).join(" ");
  return [
    `      ${printable(place)}`,
    `        ${paint("green", `expected ${printable(expected)}`)}`,
    `        ${paint("red", `found    ${printable(found)}`)}`,
  ];
}

/** "12 cases: 11 passed, 1 failed." */
export function describeTotal(results: readonly CaseResult[]): string {
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  const cases = `${results.length} ${results.length === 1 ? "case" : "cases"}`;
  return failed === 0 ? `${cases} passed.` : `${cases}: ${results.length - failed} passed, ${failed} failed.`;
}
