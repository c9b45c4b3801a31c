import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { span } from "./wording.ts";

/** What a request's Standard Webhooks signature is worth. */
export type SignatureCheck =
  | { readonly verdict: "valid" }
  | { readonly verdict: "missing" }
  /** `reason`: the end of a sentence that says why. */
  | { readonly verdict: "invalid"; readonly reason: string };

/** What a secret must be, for messages. */
export const secretRule = "whsec_ followed by the base64 text of 24 to 64 bytes";

const prefix = "whsec_";

/** How far a timestamp may be off, back and forth: what the specification's own libraries allow. */
const toleranceMs = 300_000;

/** The key in a secret; undefined when it is not what `secretRule` says. */
export function keyOf(secret: string): Buffer | undefined {
  const text = secret.slice(prefix.length);
  const key = Buffer.from(text, "base64");
  const wellFormed = secret.startsWith(prefix) && key.toString("base64") === text;
  return wellFormed && key.length >= 24 && key.length <= 64 ? key : undefined;
}

export interface CheckOptions {
  /** One of them must have signed. */
  readonly keys: readonly Buffer[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Checks the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of a request
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme).
 *
 * @param bodies the body as it came, and where that was compressed, what is in it: web frameworks hand out one or the other
 */
export function checkSignature(
  headers: IncomingHttpHeaders,
  bodies: readonly Buffer[],
  { keys, now }: CheckOptions,
): SignatureCheck {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    String(headers[name] ?? ""),
  );
  if (!signatures) return { verdict: "missing" };
  if (!id) return invalid("there is no webhook-id");
  const clockProblem = timestampProblem(timestamp ?? "", now);
  if (clockProblem) return invalid(clockProblem);
  const given = signatures.split(" ").flatMap((text) => (text.startsWith("v1,") ? [text.slice(3)] : []));
  if (given.length === 0) return invalid("there is no v1 signature in it");
  const isSigned = bodies.some((body) =>
    keys.some((key) => given.some((signature) => isEqual(signature, sign(key, `${id}.${timestamp}.`, body)))),
  );
  return isSigned ? { verdict: "valid" } : invalid("another secret, or the body was changed on the way");
}

function invalid(reason: string): SignatureCheck {
  return { verdict: "invalid", reason };
}

function timestampProblem(timestamp: string, now: number): string | undefined {
  if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is not a number of seconds";
  const ageMs = now - Number(timestamp) * 1000;
  if (Math.abs(ageMs) <= toleranceMs) return undefined;
  const where = ageMs > 0 ? "in the past" : "in the future";
  return `webhook-timestamp is ${span(Math.abs(ageMs))} ${where}, and ${span(toleranceMs)} are allowed`;
}

function sign(key: Buffer, head: string, body: Buffer): string {
  return createHmac("sha256", key).update(head).update(body).digest("base64");
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
