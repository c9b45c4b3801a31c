import { entryGenerator } from "./entries/entry-generator.ts";
import { logIdSource } from "./log-id.ts";

export interface SampleOptions {
  /** When it was ingested, in milliseconds since 1970. Default: 2 March 2026, 09:14 UTC. */
  readonly at?: number;
  /** Another seed, another user, address and client. Default 1. */
  readonly seed?: number;
  /** What the entry names as its tenant. Default `acme.eu.auth0.com`. */
  readonly domain?: string;
}

/** A plausible entry of a type, as JSON, without a tenant. The same options give the same entry. */
export function sampleEntry(type: string, options: SampleOptions = {}): string {
  const { at = Date.UTC(2026, 2, 2, 9, 14), seed = 1, domain = "acme.eu.auth0.com" } = options;
  const generator = entryGenerator({ seed, domain, types: undefined });
  return generator.draw(logIdSource(seed).next(at), at, type).json;
}
