import type { LedgerPart, Settlement } from "@loghook/pipeline";

export const lane = "logs/auth0/webhook";
export const uidOf = (n: number): string => `900${String(n).padStart(53, "0")}`;

/** Settlement number `n`, of an entry of this time. */
export function settlement(n: number, time: number, as: Settlement["as"] = "delivered"): Settlement {
  return { uid: uidOf(n), time, as };
}

/** The numbers up to `last` of which the ledger knows something. */
export function knownIn(part: LedgerPart | undefined, last: number): number[] {
  const numbers = Array.from({ length: last }, (_, index) => index + 1);
  return numbers.filter((n) => part?.get(uidOf(n)) !== undefined);
}
