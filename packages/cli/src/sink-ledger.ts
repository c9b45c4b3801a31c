import type { IncomingHttpHeaders } from "node:http";
import type { SignatureCheck } from "./check-signature.ts";
import type { ReceivedEntry, ReceivedFormat } from "./received-entries.ts";

/** A request as the sink saw it. */
export interface SinkRequest {
  /** When its body was complete. Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked, where that was possible. Empty: it was too large. */
  readonly body: Buffer;
  readonly webhookId: string | undefined;
  readonly format: ReceivedFormat | undefined;
  readonly entries: readonly ReceivedEntry[];
  readonly problem: string | undefined;
  /** Undefined: there was no secret to check with. */
  readonly signature: SignatureCheck | undefined;
  /** As `--answer` writes it. */
  readonly answer: string;
}

/** A request and what the sink remembers about it. */
export interface JudgedRequest extends SinkRequest {
  /** The latest request with the same webhook-id. */
  readonly repeatOf: Pick<SinkRequest, "at" | "answer"> | undefined;
  /** Those of its entries whose log_id came before. */
  readonly seenBefore: ReadonlySet<ReceivedEntry>;
}

/** What there was in all. */
export interface SinkSummary {
  readonly requests: number;
  /** Of these, with a webhook-id that had come before. */
  readonly repeatedRequests: number;
  readonly unreadableRequests: number;
  readonly entries: number;
  readonly distinctEntries: number;
  readonly repeatedEntries: number;
  /** Undefined: there was no secret to check with. */
  readonly signatures: Readonly<Record<SignatureCheck["verdict"], number>> | undefined;
}

export interface SinkLedger {
  /** Counts the request and looks whether it, or an entry in it, came before. */
  enter(request: SinkRequest): JudgedRequest;
  summary(): SinkSummary;
}

/**
 * Recognises what came before.
 *
 * @param maxRemembered ids that are remembered, of requests and of entries each; the oldest go. Default 500,000.
 */
export function sinkLedger(maxRemembered = 500_000): SinkLedger {
  const requestsById = new Map<string, Pick<SinkRequest, "at" | "answer">>();
  const logIds = new Map<string, true>();
  const signatures = { valid: 0, invalid: 0, missing: 0 };
  let signaturesChecked = false;
  const total = { requests: 0, repeatedRequests: 0, unreadableRequests: 0, entries: 0, repeatedEntries: 0 };

  function seesAgain({ logId }: ReceivedEntry): boolean {
    if (logId === undefined) return false;
    const seen = logIds.has(logId);
    remember(logIds, logId, true);
    return seen;
  }

  function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
    memory.delete(key);
    memory.set(key, value);
    const [oldest] = memory.keys();
    if (memory.size > maxRemembered && oldest !== undefined) memory.delete(oldest);
  }

  return {
    enter(request) {
      const { at, answer, webhookId, entries, problem, signature } = request;
      const repeatOf = webhookId === undefined ? undefined : requestsById.get(webhookId);
      if (webhookId !== undefined) remember(requestsById, webhookId, { at, answer });
      const seenBefore = new Set(entries.filter(seesAgain));
      total.requests++;
      total.repeatedRequests += Number(repeatOf !== undefined);
      total.unreadableRequests += Number(problem !== undefined);
      total.entries += entries.length;
      total.repeatedEntries += seenBefore.size;
      if (signature) {
        signaturesChecked = true;
        signatures[signature.verdict]++;
      }
      return { ...request, repeatOf, seenBefore };
    },
    summary: () => ({
      ...total,
      distinctEntries: total.entries - total.repeatedEntries,
      signatures: signaturesChecked ? { ...signatures } : undefined,
    }),
  };
}
