import type { Random } from "./random.ts";

/** What a webhook does instead of taking a request. */
export interface WebhookFault {
  readonly kind: WebhookFaultKind;
  /** The first request of the lane that meets it, counted from 1 over all lives, and how many do. */
  readonly at: number;
  readonly requests: number;
  /** Of an answer that has one. */
  readonly status: number;
  /** Seconds that a 429 or a 503 asks for. Undefined: it does not say. */
  readonly retryAfter?: number | undefined;
  /** `too large`: the most entries that are taken. */
  readonly mostEntries: number;
}

export type WebhookFaultKind =
  | "server error"
  | "slow down"
  | "refused"
  | "redirect"
  | "hang"
  | "reset"
  | "half answer"
  | "drip"
  | "garbage"
  | "too large"
  | "late answer";

export interface TenantFault {
  readonly kind: TenantFaultKind;
  /** The request for the log (or for a token) that meets it, counted from 1 over all lives. */
  readonly at: number;
  readonly requests: number;
}

type TenantFaultKind =
  | "slow down"
  | "server error"
  | "hang"
  | "reset"
  | "truncated"
  | "garbage"
  | "duplicates"
  | "out of order"
  | "expired token"
  | "token refused"
  | "token reset";

const webhookKinds = [
  "server error",
  "server error",
  "slow down",
  "refused",
  "redirect",
  "hang",
  "reset",
  "half answer",
  "drip",
  "garbage",
  "too large",
  "too large",
  "too large",
  "late answer",
] as const;

export function drawWebhookFaults(random: Random): WebhookFault[] {
  let at = 0;
  return Array.from({ length: random.between(1, 5) }, () => {
    at += random.between(1, 12);
    const kind = random.pick(webhookKinds);
    const requests = kind === "hang" || kind === "drip" ? random.between(1, 2) : random.between(1, 6);
    const fault = { kind, at, requests, status: drawStatus(random, kind), mostEntries: random.between(1, 9) };
    at += requests;
    const retryAfter = random.pick([undefined, 0, 0, 1]);
    // Waits of a second are dear: one request is enough of them.
    return { ...fault, retryAfter: requests === 1 ? retryAfter : undefined };
  });
}

function drawStatus(random: Random, kind: WebhookFaultKind): number {
  if (kind === "slow down") return 429;
  if (kind === "refused") return random.pick([401, 403, 404, 405, 410]);
  if (kind === "redirect") return random.pick([301, 302, 303, 307, 308]);
  if (kind === "too large") return 413;
  return random.pick([500, 502, 503, 504, 408, 425, 599]);
}

const tenantKinds = [
  "slow down",
  "server error",
  "server error",
  "hang",
  "reset",
  "truncated",
  "truncated",
  "garbage",
  "duplicates",
  "duplicates",
  "out of order",
  "out of order",
  "expired token",
  "expired token",
  "token refused",
  "token reset",
] as const;

export function drawTenantFaults(random: Random): TenantFault[] {
  let at = 0;
  return Array.from({ length: random.between(1, 6) }, () => {
    at += random.between(1, 8);
    const kind = random.pick(tenantKinds);
    const requests = ["duplicates", "out of order", "reset"].includes(kind) ? random.between(1, 4) : 1;
    const fault = { kind, at: kind.startsWith("token") ? 1 : at, requests };
    at += requests;
    return fault;
  });
}
