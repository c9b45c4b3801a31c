import { join, parse, resolve } from "node:path";
import {
  ConfigError,
  type ConfigPath,
  type DataFile,
  type LogBatch,
  loadProcessorChains,
  type ProcessorChain,
  suggestion,
} from "@loghook/pipeline";
import { type CaseFile, loadCaseFile, type RecordName, type TestCase } from "./case-file.ts";
import { entryTexts, recordsAsGiven, recordsOfEntries, UnusableEntryError } from "./case-records.ts";
import { factories } from "./components.ts";
import type { Io } from "./io.ts";
import { type Fault, faultsOf, recordsNamed, runChain } from "./run-case.ts";
import type { CaseResult } from "./test-report.ts";

/** A case with what it gives to one pipeline. */
interface PreparedCase {
  readonly testCase: TestCase;
  readonly chain: ProcessorChain;
  readonly given: LogBatch;
}

/**
 * Runs the cases of a file, in its order, a case that names no pipeline in each of them.
 *
 * @param config the config file to test. Default: what the case file says, or the one that it is named for
 * @throws {ConfigError} when the case file or the config cannot be used; nothing was run then
 */
export async function runCaseFile(file: string, io: Io, config?: string): Promise<CaseResult[]> {
  const cases = await loadCaseFile(file);
  const configFile = config ?? configFor(file, cases.data);
  const env = { ...io.env, ...cases.data.env };
  const chains = await loadProcessorChains({ file: configFile, factories, env });
  const prepared = cases.data.cases.flatMap((testCase, index) =>
    prepare(testCase, { path: ["cases", index], chains, cases, file }),
  );
  cases.check();
  const results: CaseResult[] = [];
  for (const { testCase, chain, given } of prepared) {
    const faults = await runOne({ testCase, chain, given }, configFile);
    results.push({ file, name: testCase.name, pipeline: chain.pipeline, faults });
  }
  return results;
}

/** `loghook.yaml` for `loghook.test.yaml`. */
function configFor(file: string, { config }: CaseFile): string {
  const { dir, base } = parse(file);
  return config === undefined ? join(dir, base.replace(/\.test(\.ya?ml)$/, "$1")) : resolve(dir, config);
}

/** A processor that fails, fails the case. One that cannot be made is a fault of the config. */
async function runOne({ testCase, chain, given }: PreparedCase, configFile: string): Promise<Fault[]> {
  try {
    return faultsOf(testCase, await runChain(given, chain, configFile));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    return [{ path: "the processors", expected: "to come to an end", found }];
  }
}

interface PrepareOptions {
  readonly path: ConfigPath;
  readonly chains: readonly ProcessorChain[];
  readonly cases: DataFile<CaseFile>;
  readonly file: string;
}

function prepare(testCase: TestCase, options: PrepareOptions): PreparedCase[] {
  const texts = givenTexts(testCase, options);
  return chainsOf(testCase, options).flatMap((chain) => {
    const given = givenRecords(testCase, texts, { ...options, chain });
    if (!given) return [];
    noteUnknownNames(testCase, given, options);
    return [{ testCase, chain, given }];
  });
}

function chainsOf(
  { pipeline }: TestCase,
  { chains, cases, path }: PrepareOptions,
): readonly ProcessorChain[] {
  if (pipeline === undefined) return chains;
  const found = chains.filter((chain) => chain.pipeline === pipeline);
  if (found.length === 0) {
    const names = chains.map((chain) => chain.pipeline);
    const remedy = suggestion(pipeline, names) ?? `there are ${names.join(", ")}`;
    cases.problem([...path, "pipeline"], `names ${pipeline}, which the config does not have; ${remedy}`);
  }
  return found;
}

function givenTexts({ entries = [] }: TestCase, { cases, path, file }: PrepareOptions): string[] {
  const texts: string[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      texts.push(...entryTexts(entry, texts.length, file));
    } catch (error) {
      if (!(error instanceof UnusableEntryError)) throw error;
      cases.problem([...path, "entries", index], error.message);
    }
  }
  return texts;
}

function givenRecords(
  { records }: TestCase,
  texts: readonly string[],
  { cases, path, chain }: PrepareOptions & { readonly chain: ProcessorChain },
): LogBatch | undefined {
  if (records) return recordsAsGiven(records);
  const receiver = chain.receivers.find(({ type }) => type === "auth0");
  if (receiver) return recordsOfEntries(texts, receiver);
  const message = `are Auth0's, and the pipeline ${chain.pipeline} has no receiver of the type auth0; give records instead`;
  cases.problem([...path, "entries"], message);
  return undefined;
}

/** A name that means nothing is a mistake: the case would pass without saying anything. */
function noteUnknownNames({ expect }: TestCase, given: LogBatch, { cases, path }: PrepareOptions): void {
  const names: [ConfigPath, RecordName][] = [
    ...namesIn(expect.kept, [...path, "expect", "kept"]),
    ...namesIn(expect.dropped, [...path, "expect", "dropped"]),
    ...expect.records.flatMap(({ of }, index): [ConfigPath, RecordName][] =>
      of === undefined ? [] : [[[...path, "expect", "records", index, "of"], of]],
    ),
  ];
  for (const [at, name] of names) {
    if (recordsNamed(name, given).length > 0) continue;
    cases.problem(
      at,
      `names ${JSON.stringify(name)}, which is neither a type, a log_id nor a place of what is given`,
    );
  }
}

function namesIn(chosen: TestCase["expect"]["kept"], path: ConfigPath): [ConfigPath, RecordName][] {
  return Array.isArray(chosen) ? chosen.map((name, index) => [[...path, index], name]) : [];
}
