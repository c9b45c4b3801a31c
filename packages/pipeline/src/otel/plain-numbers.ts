import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { changedRecord } from "./changed-record.ts";

// TypeScript 7.0 does not know this yet: https://tc39.es/proposal-json-parse-with-source/
const { isRawJSON } = JSON as typeof JSON & {
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/**
 * The record as an OpenTelemetry exporter can write it. Receivers keep numbers that JavaScript cannot hold as
 * `JSON.rawJSON`, which exporters take for objects; and OpenTelemetry's integers have 64 bits
 * (https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto), so that
 * a server refuses larger ones. Of both kinds a number is made where that is exact, else the text of its digits.
 *
 * @returns the very record where there is no such number in its body and its attributes, which is nearly always; else a
 *   copy that shares with it whatever stays the same
 */
export function withPlainNumbers(record: ReadableLogRecord): ReadableLogRecord {
  if (!holdsOddNumber(record.body) && !holdsOddNumber(record.attributes)) return record;
  return changedRecord(record, { body: plain(record.body), attributes: plain(record.attributes) });
}

const int64Limit = 2 ** 63;

function holdsOddNumber(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) >= int64Limit;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return isRawJSON(value) || Object.values(value).some(holdsOddNumber);
}

function plain<T>(value: T): T;
function plain(value: unknown): unknown {
  if (!holdsOddNumber(value)) return value;
  if (typeof value === "number") return String(value);
  if (isRawJSON(value)) return plainNumber(value.rawJSON);
  if (Array.isArray(value)) return value.map((item) => plain(item));
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, plain(item)]));
}

function plainNumber(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const isOdd =
    typeof value === "number" && (holdsOddNumber(value) || normalForm(text) !== normalForm(String(value)));
  return isOdd ? text : value;
}

/** The same text for the same number, however it is written: `1.20e3` and `1200` are `12e2`. */
function normalForm(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
