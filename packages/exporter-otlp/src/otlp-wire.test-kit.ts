import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { z } from "zod";
import type { OtlpEncoding } from "./config.ts";

// What goes over the wire, read without any of our own code: protobuf by protobufjs from the published definitions,
// JSON by JSON.parse and a schema that knows the fields of the JSON mapping and nothing else.

const root = protobuf.loadSync(fileURLToPath(new URL("../testdata/otlp-logs.proto", import.meta.url)));

/** A record as a server reads it. Values are plain: int64 a bigint, double a number, kvlist an object, empty null. */
export interface WireRecord {
  readonly resource: Record<string, unknown>;
  readonly resourceSchemaUrl: string | undefined;
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: object };
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly attributes: Record<string, unknown>;
  readonly body: unknown;
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** The records of a request, group by group. */
export function readRequest(bytes: Uint8Array, encoding: OtlpEncoding): WireRecord[] {
  const request = encoding === "json" ? fromJson(bytes) : fromProtobuf(bytes);
  return (request.resourceLogs ?? []).flatMap(({ resource, scopeLogs = [], schemaUrl }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((record) => ({
        resource: plainMap(resource?.attributes),
        resourceSchemaUrl: schemaUrl,
        scope: {
          name: scope?.name ?? "",
          version: scope?.version ?? "",
          attributes: plainMap(scope?.attributes),
        },
        timeUnixNano: record.timeUnixNano ?? "0",
        observedTimeUnixNano: record.observedTimeUnixNano ?? "0",
        severityNumber: record.severityNumber ?? 0,
        severityText: record.severityText ?? "",
        eventName: record.eventName ?? "",
        attributes: plainMap(record.attributes),
        body: record.body === undefined ? undefined : plain(record.body),
        traceId: record.traceId ?? "",
        spanId: record.spanId ?? "",
        flags: record.flags ?? 0,
      })),
    ),
  );
}

/** How many groups a request has, by resource and by scope. */
export function countGroups(
  bytes: Uint8Array,
  encoding: OtlpEncoding,
): { resources: number; scopes: number } {
  const groups = (encoding === "json" ? fromJson(bytes) : fromProtobuf(bytes)).resourceLogs ?? [];
  return { resources: groups.length, scopes: groups.flatMap(({ scopeLogs = [] }) => scopeLogs).length };
}

/** A message of testdata/otlp-logs.proto. */
export function protobufMessage(name: string, content: object): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(content)).finish());
}

const int64 = z.string().regex(/^-?\d+$/);
const uint64 = z.string().regex(/^\d+$/);

const anyValue = z.strictObject({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: int64.optional(),
  doubleValue: z.number().optional(),
  get arrayValue() {
    return z.strictObject({ values: z.array(anyValue).optional() }).optional();
  },
  get kvlistValue() {
    return z.strictObject({ values: z.array(keyValue).optional() }).optional();
  },
  bytesValue: z.base64().optional(),
});
type WireValue = z.infer<typeof anyValue>;

const keyValue = z.strictObject({ key: z.string(), value: anyValue.optional() });
const attributes = z.array(keyValue).optional();
const droppedAttributesCount = z.int().optional();

/** https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
const exportRequest = z.strictObject({
  resourceLogs: z
    .array(
      z.strictObject({
        // The serializer repeats the schemaUrl in here, where servers have to pass over it.
        resource: z
          .strictObject({ attributes, droppedAttributesCount, schemaUrl: z.string().optional() })
          .optional(),
        schemaUrl: z.string().optional(),
        scopeLogs: z
          .array(
            z.strictObject({
              scope: z
                .strictObject({
                  name: z.string().optional(),
                  version: z.string().optional(),
                  attributes,
                  droppedAttributesCount,
                })
                .optional(),
              schemaUrl: z.string().optional(),
              logRecords: z
                .array(
                  z.strictObject({
                    timeUnixNano: uint64.optional(),
                    observedTimeUnixNano: uint64.optional(),
                    severityNumber: z.int().optional(),
                    severityText: z.string().optional(),
                    body: anyValue.optional(),
                    attributes,
                    droppedAttributesCount,
                    flags: z.int().optional(),
                    traceId: z.hex().optional(),
                    spanId: z.hex().optional(),
                    eventName: z.string().optional(),
                  }),
                )
                .optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});
type WireRequest = z.infer<typeof exportRequest>;

function fromJson(bytes: Uint8Array): WireRequest {
  return exportRequest.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
}

/** As it would be in JSON. */
function fromProtobuf(bytes: Uint8Array): WireRequest {
  const type = root.lookupType("ExportLogsServiceRequest");
  const request = type.toObject(type.decode(bytes), { longs: String, bytes: Buffer }) as WireRequest;
  for (const { scopeLogs = [] } of request.resourceLogs ?? []) {
    for (const record of scopeLogs.flatMap(({ logRecords = [] }) => logRecords)) {
      for (const key of ["traceId", "spanId"] as const) {
        if (record[key] !== undefined) record[key] = Buffer.from(record[key] as never).toString("hex");
      }
    }
  }
  return request;
}

function plainMap(pairs: z.infer<typeof attributes> = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value && plain(value)]));
}

function plain(value: WireValue): unknown {
  const [kind, ...others] = Object.keys(value);
  if (others.length > 0) throw new Error(`A value is of several kinds: ${kind}, ${others.join(", ")}.`);
  if (value.intValue !== undefined) return BigInt(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  if (value.kvlistValue !== undefined) return plainMap(value.kvlistValue.values);
  if (value.bytesValue !== undefined) return Buffer.from(value.bytesValue, "base64");
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? null;
}
