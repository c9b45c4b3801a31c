import { dirname, resolve } from "node:path";
import { type LogBatch, type ProcessorChain, standaloneSettings } from "@loghook/pipeline";
import type { RecordExpectation, RecordName, TestCase } from "./case-file.ts";
import { type Difference, different, missing, placesOf, shown, valuesAt } from "./differences.ts";

/** One of the given records, and what became of it. */
export interface Traced {
  readonly given: LogBatch[number];
  /** `f (entry 0)` */
  readonly label: string;
  /** Undefined: it was dropped. */
  readonly kept: LogBatch[number] | undefined;
}

/** Why a case fails: where it is about a record, with its label. */
export interface Fault extends Difference {
  readonly record?: string | undefined;
}

/** What the processors of a pipeline make of these records. New processors for each case: they may remember things. */
export async function runChain(
  given: LogBatch,
  chain: ProcessorChain,
  configFile: string,
): Promise<Traced[]> {
  await using open = new AsyncDisposableStack();
  let left = given;
  for (const { id, factory, config } of chain.processors) {
    const settings = standaloneSettings({ id, directory: dirname(resolve(configFile)) });
    const processor = await factory.create(config, settings);
    open.defer(async () => await processor[Symbol.asyncDispose]?.());
    left = await processor.process(left);
  }
  return trace(given, left);
}

/** Processors keep the order and the ids. Two records may have one id: the first of them is then taken for the first. */
function trace(given: LogBatch, left: LogBatch): Traced[] {
  let next = 0;
  const traced = given.map((record, place) => {
    const kept = left[next];
    const isKept = kept !== undefined && uidOf(kept) === uidOf(record);
    if (isKept) next++;
    return { given: record, label: labelOf(record, place), kept: isKept ? kept : undefined };
  });
  if (next === left.length) return traced;
  throw new Error("A processor returned a record that it was not given, or in another order.");
}

const uidOf = ({ attributes }: LogBatch[number]): unknown => attributes["log.record.uid"];

function labelOf({ attributes }: LogBatch[number], place: number): string {
  const type = attributes["auth0.type"];
  return type === undefined ? `record ${place}` : `${type} (entry ${place})`;
}

/** Those that a name of the case means. Several entries may be of one type. */
export function recordsNamed(name: RecordName, given: LogBatch): LogBatch {
  if (typeof name === "number") return given.slice(name, name + 1);
  return given.filter((record) => record.attributes["auth0.type"] === name || uidOf(record) === name);
}

export function faultsOf({ expect }: TestCase, traced: readonly Traced[]): Fault[] {
  return [
    ...fateFaults(expect, traced),
    ...expect.records.flatMap((expected) => recordFaults(expected, traced)),
    ...expect.nowhere.flatMap((text) => leakFaults(text, traced)),
  ];
}

/** `kept` and `dropped` each say it of every record: those that are listed, and no others. */
function fateFaults({ kept, dropped }: TestCase["expect"], traced: readonly Traced[]): Fault[] {
  const given = traced.map((one) => one.given);
  const listed = (names: boolean | readonly RecordName[], record: LogBatch[number]): boolean =>
    typeof names === "boolean" ? names : names.some((name) => recordsNamed(name, given).includes(record));
  return traced.flatMap((one) => {
    const wanted = [
      ...(kept === undefined ? [] : [listed(kept, one.given)]),
      ...(dropped === undefined ? [] : [!listed(dropped, one.given)]),
    ];
    const isKept = one.kept !== undefined;
    return wanted.includes(!isKept) ? [fateFault(one, isKept)] : [];
  });
}

function fateFault({ label }: Traced, isKept: boolean): Fault {
  const [expected, found] = isKept ? ["dropped", "kept"] : ["kept", "dropped"];
  return { record: label, path: "", expected, found };
}

function recordFaults(expected: RecordExpectation, traced: readonly Traced[]): Fault[] {
  const { of } = expected;
  const given = traced.map((one) => one.given);
  const meant = of === undefined ? undefined : recordsNamed(of, given);
  return traced
    .filter((one) => (meant ? meant.includes(one.given) : one.kept !== undefined))
    .flatMap((one) => {
      const faults = one.kept ? contentDifferences(expected, one.kept) : [fateFault(one, false)];
      return faults.map((fault) => ({ ...fault, record: one.label }));
    });
}

function contentDifferences(expected: RecordExpectation, record: LogBatch[number]): Difference[] {
  const { body, attributes } = plain(record);
  return [
    ...(expected.body ? missing(expected.body, body, "body") : []),
    ...(expected.body_is === undefined ? [] : different(expected.body_is, body, "body")),
    ...expected.body_lacks.flatMap((path) => unwanted(body, path, "body")),
    ...(expected.attributes ? missing(expected.attributes, attributes, "attributes") : []),
    ...expected.attributes_lack.flatMap((name) => unwanted(attributes, name, "attributes")),
  ];
}

function unwanted(value: unknown, wanted: string, path: string): Difference[] {
  return valuesAt(value, wanted, path).map((found) => ({
    path: found.path,
    expected: "nothing",
    found: shown(found.value),
  }));
}

function leakFaults(text: string, traced: readonly Traced[]): Fault[] {
  return traced.flatMap(({ kept, label }) =>
    (kept ? placesOf(text, plain(kept), "") : []).map((path) => ({
      record: label,
      path,
      expected: `no ${shown(text)}`,
      found: "it is there",
    })),
  );
}

/** As it would be delivered: large numbers and the like in plain JSON. */
function plain({ body, attributes, eventName, resource }: LogBatch[number]) {
  const parts = { body, attributes, eventName, resource: resource.attributes };
  return JSON.parse(JSON.stringify(parts)) as { body: unknown; attributes: Record<string, unknown> };
}
