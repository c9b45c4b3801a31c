import { createHmac } from "node:crypto";

/** What a signing secret must be, for messages. */
export const signingSecretRule = "whsec_ followed by the base64 text of 24 to 64 bytes";

const prefix = "whsec_";

/**
 * The key in a Standard Webhooks secret
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme).
 *
 * @returns undefined when it is no such secret: no `whsec_`, no padded base64, under 24 or over 64 bytes
 */
export function signingKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(prefix)) return undefined;
  const text = secret.slice(prefix.length);
  const key = Buffer.from(text, "base64");
  // Buffer.from passes over what is not base64, verifiers elsewhere do not.
  const wellFormed = key.toString("base64") === text;
  return wellFormed && key.length >= 24 && key.length <= 64 ? key : undefined;
}

export interface SignedContent {
  readonly id: string;
  /** Whole seconds since 1970. */
  readonly timestamp: number;
  /** Before compression: it is what a verifier gets to see, because web frameworks decompress first. */
  readonly body: Buffer;
}

/** The value of `webhook-signature`: a signature for each key, so that the verifier may know the old one or the new one. */
export function signatures(content: SignedContent, keys: readonly Buffer[]): string {
  return keys.map((key) => `v1,${signature(content, key)}`).join(" ");
}

function signature({ id, timestamp, body }: SignedContent, key: Buffer): string {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
}
