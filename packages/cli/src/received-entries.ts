import type { IncomingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

/** An entry as it arrived, with what a line about it can say. */
export interface ReceivedEntry {
  readonly logId: string | undefined;
  readonly date: string | undefined;
  readonly type: string | undefined;
  /** Name, or id where there is no name. */
  readonly user: string | undefined;
  readonly ip: string | undefined;
  /** Without the envelope of its format. */
  readonly whole: unknown;
}

export type ReceivedFormat = "json" | "json_lines" | "auth0_log_stream" | "cloudevents";

export interface ReceivedBody {
  /** Undefined: nothing in it could be read. */
  readonly format: ReceivedFormat | undefined;
  readonly entries: readonly ReceivedEntry[];
  /** A sentence about what could not be read. */
  readonly problem: string | undefined;
  /** The body unpacked, where that was possible. */
  readonly unpacked: Buffer;
}

const unzip = promisify(gunzip);

/** Reads a request's body in any of the webhook exporter's formats, told apart by what is in it. */
export async function readEntries(
  body: Buffer,
  headers: IncomingHttpHeaders,
  maxBodyBytes: number,
): Promise<ReceivedBody> {
  const { "content-encoding": encoding = "identity", "content-type": contentType = "" } = headers;
  if (encoding === "identity") return parseEntries(body, contentType);
  if (encoding !== "gzip") {
    return unreadable(body, `The body is compressed with ${encoding}, which the sink cannot read.`);
  }
  try {
    return parseEntries(await unzip(body, { maxOutputLength: maxBodyBytes }), contentType);
  } catch {
    return unreadable(body, "The body says that it is gzip, and cannot be unpacked.");
  }
}

function unreadable(unpacked: Buffer, problem: string): ReceivedBody {
  return { format: undefined, entries: [], problem, unpacked };
}

function parseEntries(unpacked: Buffer, contentType: string): ReceivedBody {
  const text = unpacked.toString("utf8");
  if (text.trim() === "") return unreadable(unpacked, "The body is empty.");
  const whole = parseJson(text);
  const values = whole === undefined ? text.split("\n").filter(Boolean).map(parseJson) : [whole].flat();
  if (!values.every(isObject)) {
    const kind = values.includes(undefined) ? "not JSON" : "JSON, but neither an entry nor a list of entries";
    return unreadable(unpacked, `The body is ${kind}: ${start(text)}`);
  }
  const isLines = whole === undefined || /ndjson|jsonl|json-lines/.test(contentType);
  return {
    format: formatOf(values, isLines),
    entries: values.map(unwrap).map(describeEntry),
    problem: undefined,
    unpacked,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function start(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function formatOf(values: readonly unknown[], isLines: boolean): ReceivedFormat {
  if (values.length > 0 && values.every(isCloudEvent)) return "cloudevents";
  if (values.length > 0 && values.every(isStreamRecord)) return "auth0_log_stream";
  return isLines ? "json_lines" : "json";
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
function isCloudEvent(value: unknown): value is Fields {
  return isObject(value) && "specversion" in value && "data" in value;
}

/** How Auth0's own log streams wrap an entry. */
function isStreamRecord(value: unknown): value is Fields {
  return isObject(value) && "log_id" in value && isObject(value.data) && !("type" in value);
}

function unwrap(value: unknown): unknown {
  return isCloudEvent(value) || isStreamRecord(value) ? value.data : value;
}

function describeEntry(whole: unknown): ReceivedEntry {
  const fields = isObject(whole) ? whole : {};
  return {
    logId: textOf(fields.log_id),
    date: textOf(fields.date),
    type: textOf(fields.type),
    user: textOf(fields.user_name) ?? textOf(fields.user_id),
    ip: textOf(fields.ip),
    whole,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
