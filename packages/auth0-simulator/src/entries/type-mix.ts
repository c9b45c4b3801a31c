import { eventTypes } from "@loghook/receiver-auth0";
import type { Random } from "../random.ts";

/** Shares of a shop's log, roughly in percent. Every code that is not here gets `otherWeight`. */
const weights: Readonly<Record<string, number>> = {
  seacft: 22,
  s: 18,
  sertft: 14,
  ssa: 9,
  seccft: 6,
  slo: 5,
  fsa: 4,
  fp: 4,
  sapi: 4,
  f: 3,
  fu: 2,
  ss: 1,
  mfar: 1,
  gd_auth_succeed: 1,
  scpr: 0.5,
  scp: 0.5,
  limit_wc: 0.3,
  limit_mu: 0.3,
  pwd_leak: 0.2,
  depnote: 0.2,
};
const otherWeight = 0.02;

/** Draws event codes: of those given, all alike, or else of every known code, the common ones often. */
export function typeMix(types: readonly string[] | undefined): (random: Random) => string {
  if (types?.length) return (random) => random.pick(types);
  const weighted = [...eventTypes.keys()]
    .map((code) => ({ code, weight: weights[code] ?? otherWeight }))
    .sort((a, b) => b.weight - a.weight);
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  return (random) => {
    let left = random.fraction() * total;
    for (const { code, weight } of weighted) {
      left -= weight;
      if (left < 0) return code;
    }
    return "s";
  };
}
