import { type DataFile, loadDataFile } from "@loghook/pipeline";
import { z } from "zod";

/** An entry of Auth0's log, or the way to one. */
export type GivenEntry =
  /** A plausible entry of this type, with some fields of one's own. */
  | { readonly sample: string; readonly with: Readonly<Record<string, unknown>> }
  /** Entries of a file beside the cases: a JSON array, JSON Lines, or a single entry. */
  | { readonly fromFile: string }
  | { readonly entry: Readonly<Record<string, unknown>> };

const text = z.string().min(1, { error: "must not be empty" });
const fields = z.record(z.string(), z.unknown());

const sampleOfType = text.transform((sample): GivenEntry => ({ sample, with: {} }));
const sample = z
  .strictObject({ sample: text, with: fields.default({}) })
  .transform((given): GivenEntry => given);
const fromFile = z
  .strictObject({ from_file: text })
  .transform((given): GivenEntry => ({ fromFile: given.from_file }));
const wholeEntry = z
  .looseObject({
    log_id: z.string({ error: "must stand in quotes: it has more digits than a number can hold" }).optional(),
  })
  .transform((entry): GivenEntry => ({ entry }));

/** A union that is decided by what the entry has, so that messages are about the one that was meant. */
const givenEntry = z.unknown().transform((value, context): GivenEntry => {
  const parsed = kindOf(value).safeParse(value, {
    error: ({ code }) => (code === "invalid_type" ? notAnEntry : undefined),
  });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.addIssue({ ...issue } as never);
  return z.NEVER;
});

const notAnEntry = "must be an entry, the code of a type, {sample: code, with: {…}} or {from_file: path}";

function kindOf(value: unknown): z.ZodType<GivenEntry> {
  if (typeof value !== "object" || value === null) return sampleOfType;
  if ("sample" in value) return sample;
  return "from_file" in value ? fromFile : wholeEntry;
}

const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** A record without an entry: of receivers that read something else. */
const givenRecord = z.strictObject({
  body: z.unknown(),
  attributes: attributes.default({}),
  severity_number: z.int().min(0).max(24).default(0),
  event_name: text.optional(),
});
export type GivenRecord = z.output<typeof givenRecord>;

/** The code of a type, a `log_id`, or the place, counted from 0. */
const recordName = z.union([text, z.int().min(0)], {
  error: "must be the code of a type, a log_id, or a number counted from 0",
});
export type RecordName = z.output<typeof recordName>;

const chosen = z.union([z.boolean(), z.array(recordName)], {
  error: "must be true, false or a list of codes, log_ids and numbers counted from 0",
});

const recordExpectation = z.strictObject({
  of: recordName.optional(),
  body: fields.optional(),
  body_is: z.unknown().optional(),
  body_lacks: z.array(text).default([]),
  attributes: attributes.optional(),
  attributes_lack: z.array(text).default([]),
});
export type RecordExpectation = z.output<typeof recordExpectation>;

const expectation = z
  .strictObject({
    kept: chosen.optional(),
    dropped: chosen.optional(),
    records: z.array(recordExpectation).default([]),
    nowhere: z.array(text).default([]),
  })
  .refine(
    (given) =>
      given.kept !== undefined ||
      given.dropped !== undefined ||
      given.records.length + given.nowhere.length > 0,
    {
      error: "must say something: kept, dropped, records or nowhere",
    },
  );

const testCase = z
  .strictObject({
    name: text,
    pipeline: text.optional(),
    entries: z.array(givenEntry).min(1, { error: "must give at least one" }).optional(),
    records: z.array(givenRecord).min(1, { error: "must give at least one" }).optional(),
    expect: expectation,
  })
  .refine(({ entries, records }) => (entries === undefined) !== (records === undefined), {
    error: "must have entries, or else records",
  });
export type TestCase = z.output<typeof testCase>;

/** What `loghook.test.yaml` holds. */
const caseFile = z.strictObject({
  config: text.optional(),
  env: z.record(z.string(), z.string()).default({}),
  cases: z.array(testCase).min(1, { error: "must have at least one case" }),
});
export type CaseFile = z.output<typeof caseFile>;

/** @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with everything that is wrong in it */
export async function loadCaseFile(file: string): Promise<DataFile<CaseFile>> {
  return await loadDataFile(file, caseFile);
}
