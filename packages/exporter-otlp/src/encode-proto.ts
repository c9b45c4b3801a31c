import type { LogBatch } from "@loghook/pipeline";
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import { serializableRecords } from "./serializable-records.ts";

/**
 * An ExportLogsServiceRequest in protobuf.
 *
 * The serializer writes integers from doubles, so one beyond 2^53 goes through it as a stand-in: a text that takes up
 * just as many bytes. It is run twice, with stand-ins that differ in their first character. Nothing else in the two
 * results differs, so where they do, there the integers belong.
 */
export function encodeProto(batch: LogBatch): Uint8Array {
  const integers: bigint[] = [];
  const encoded = serialize(batch, standIns("a", integers));
  if (integers.length === 0) return encoded;
  const other = serialize(batch, standIns("b", []));
  for (let at = 0; at < encoded.length; at++) {
    if (encoded[at] !== other[at]) at = putInteger(encoded, at, integers);
  }
  return encoded;
}

type StandIn = (integer: bigint) => string;

function serialize(batch: LogBatch, standIn: StandIn): Uint8Array {
  const records = serializableRecords(batch, {
    integer: (integer) => (Number.isSafeInteger(Number(integer)) ? Number(integer) : standIn(integer)),
    double: (double) => double,
  });
  return ProtobufLogsSerializer.serializeRequest(records) ?? new Uint8Array();
}

/** As a field an integer has a tag and its bytes, a text has a tag, its length in one byte, and its bytes. */
function standIns(first: string, integers: bigint[]): StandIn {
  return (integer) => {
    const index = integers.push(integer) - 1;
    return first + index.toString(36).padStart(varint(integer).length - 2, "0");
  };
}

/** `int_value = 3` of AnyValue, as a varint: https://protobuf.dev/programming-guides/encoding/#structure */
const intValueTag = 3 << 3;

/**
 * @param at where the text of the stand-in begins, behind its tag and its length
 * @returns where it ended
 */
function putInteger(encoded: Uint8Array, at: number, integers: readonly bigint[]): number {
  const end = at + (encoded[at - 1] ?? 0);
  const index = Number.parseInt(new TextDecoder().decode(encoded.subarray(at + 1, end)), 36);
  encoded.set([intValueTag, ...varint(integers[index] ?? 0n)], at - 2);
  return end - 1;
}

/** Negative ones as their two's complement in 64 bits. */
function varint(integer: bigint): number[] {
  const bytes: number[] = [];
  for (let left = BigInt.asUintN(64, integer); ; left >>= 7n) {
    const low = Number(left & 0x7fn);
    if (left < 0x80n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
