import type { Attributes } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { parseExactJson } from "./exact-json.ts";

/** What a record is read from. */
export interface RecordSource {
  /** Its body, as `parseExactJson` can read it. */
  readonly json: string;
  /** Attributes that are asked for of nearly every record, with the values that they have among all of them. */
  readonly known: Attributes;
  /** Makes all attributes. */
  attributesOf(body: unknown, known: Attributes): Attributes;
}

/** The same for all copies of this package. */
const key = Symbol.for("@loghook/pipeline/record-source");

interface State {
  readonly source: RecordSource;
  /** What was made of the source. Undefined: nobody has looked at it. */
  made: Pick<ReadableLogRecord, "body" | "attributes"> | undefined;
  /** The record has got another body since. */
  isReplaced: boolean;
}

type WithState = ReadableLogRecord & { readonly [key]: State };
type Accessor = PropertyDescriptor & ThisType<WithState>;

// The same two for all records: with accessors of its own each record would have a shape of its own.
const body: Accessor = {
  get() {
    return madeOf(this[key]).body;
  },
  set(value: unknown) {
    const state = this[key];
    state.made = { ...madeOf(state), body: value };
    state.isReplaced = true;
  },
  enumerable: true,
  configurable: true,
};

const attributes: Accessor = {
  get() {
    return madeOf(this[key]).attributes;
  },
  set(value: Attributes) {
    const state = this[key];
    state.made = { ...madeOf(state), attributes: value };
  },
  enumerable: true,
  configurable: true,
};

// Both at once: what somebody changes in one of them does not show in the other.
function madeOf(state: State): NonNullable<State["made"]> {
  const { json, known, attributesOf } = state.source;
  if (state.made === undefined) {
    const read = parseExactJson(json);
    state.made = { body: read, attributes: attributesOf(read, known) };
  }
  return state.made;
}

/**
 * Gives a record a body and attributes that are made of its source when somebody looks at them for the first time.
 * Often nobody does, since who sends an entry on as it came needs its JSON alone; and what is made of it fills the
 * memory as long as the record is under way. Copies of the record have both, and do not know the source.
 *
 * @returns the same object
 */
export function withSource(
  record: Omit<ReadableLogRecord, "body" | "attributes">,
  source: RecordSource,
): ReadableLogRecord {
  const state: State = { source, made: undefined, isReplaced: false };
  Object.defineProperty(record, key, { value: state, configurable: true });
  Object.defineProperty(record, "body", body);
  return Object.defineProperty(record, "attributes", attributes) as ReadableLogRecord;
}

/** JSON of the record's body, as its source wrote it. Undefined: nobody knows, or it has got another body since. */
export function sourceJson(record: ReadableLogRecord): string | undefined {
  const state = stateOf(record);
  return state === undefined || state.isReplaced ? undefined : state.source.json;
}

/** `record.attributes[name]`, without making all attributes for one that the source knows. */
export function recordAttribute(record: Pick<ReadableLogRecord, "attributes">, name: string) {
  const state = stateOf(record);
  const isKnown = state !== undefined && state.made === undefined && Object.hasOwn(state.source.known, name);
  return isKnown ? state.source.known[name] : record.attributes[name];
}

/** The record's `log.record.uid` as a text. */
export function recordUid(record: ReadableLogRecord): string {
  return String(recordAttribute(record, "log.record.uid"));
}

/** As they are, without what they were read from: for what somebody may have changed in place. */
export function withoutSource(batch: readonly ReadableLogRecord[]): readonly ReadableLogRecord[] {
  return batch.map((record) => (stateOf(record) === undefined ? record : { ...record }));
}

function stateOf(record: object): State | undefined {
  return (record as Partial<WithState>)[key];
}
