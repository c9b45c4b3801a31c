import type { AnyValue } from "@opentelemetry/api";
import { readNumber } from "./exact-number.ts";

/** How an encoding wants its numbers, so that the serializer makes the right thing of them. */
export interface NumberForms {
  /** An int64. */
  integer(integer: bigint): AnyValue;
  /** Finite, and not an int64. */
  double(double: number): AnyValue;
}

/**
 * A copy of a value in which the serializers of @opentelemetry/otlp-transformer 0.301.0 find nothing that they get
 * wrong. They know numbers as doubles only:
 *
 * - `JSON.rawJSON`, as which numbers come that no double holds, they take for a map with the key `rawJSON`;
 * - a bigint they leave out;
 * - integers beyond 2^53 they round, and the JSON one calls every whole number an `intValue`, 1e300 too.
 *
 * Lone surrogates, which UTF-8 cannot carry, become U+FFFD; in JSON a strict server would refuse the whole request.
 */
export function toSerializable(value: unknown, forms: NumberForms): AnyValue {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return toSerializableNumber(value, forms);
  if (typeof value === "bigint") return inForm(readNumber(String(value)), forms);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value as AnyValue;
  if (Array.isArray(value)) return value.map((item) => toSerializable(item, forms));
  if (rawJson.isRawJSON(value)) {
    const text = value.rawJSON;
    return /^-?\d/.test(text) ? inForm(readNumber(text), forms) : toSerializable(JSON.parse(text), forms);
  }
  return toSerializableMap(value, forms);
}

/** A key without a value is left out, as in JSON. */
export function toSerializableMap(map: object, forms: NumberForms): Record<string, AnyValue> {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  // Not by assignment, which would take the key `__proto__` for something else.
  return Object.fromEntries(
    entries.map(([key, value]) => [key.toWellFormed(), toSerializable(value, forms)]),
  );
}

function toSerializableNumber(value: number, forms: NumberForms): AnyValue {
  if (Number.isSafeInteger(value)) return forms.integer(BigInt(value));
  // JSON has no other numbers, and OTLP's JSON form writes these as texts.
  if (!Number.isFinite(value)) return String(value);
  return inForm(readNumber(String(value)), forms);
}

function inForm(exact: bigint | number | string, forms: NumberForms): AnyValue {
  if (typeof exact === "bigint") return forms.integer(exact);
  return typeof exact === "number" ? forms.double(exact) : exact;
}

// TypeScript 7.0 does not know it yet: https://tc39.es/proposal-json-parse-with-source/
const rawJson = JSON as typeof JSON & {
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};
