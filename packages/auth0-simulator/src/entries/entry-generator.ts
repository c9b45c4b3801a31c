import { eventTypes } from "@loghook/receiver-auth0";
import type { LogEntry } from "../log-store.ts";
import { hexDigits, type Random, seededRandom } from "../random.ts";
import { type Cast, castOf } from "./cast.ts";
import { composeEntry } from "./compose-entry.ts";
import type { Scene } from "./shape.ts";
import { shapeOf } from "./shape-of.ts";
import { typeMix } from "./type-mix.ts";

const userAgents = [
  "Chrome 144.0.0 / Mac OS X 10.15.7",
  "Chrome 144.0.0 / Windows 11",
  "Firefox 147.0.0 / Linux 0.0.0",
  "Mobile Safari 18.1.0 / iOS 18.1.0",
  "Chrome Mobile 144.0.0 / Android 15.0.0",
  "Other 0.0.0 / Other 0.0.0",
];

export interface EntryGenerator {
  /**
   * A new entry, ingested at this time (milliseconds since 1970); it happened 1 to 5 s before.
   *
   * @param type default: drawn from the mix
   */
  draw(logId: string, ingestedAtMs: number, type?: string): LogEntry;
}

export interface GeneratorOptions {
  readonly seed: number;
  readonly domain: string;
  readonly types: readonly string[] | undefined;
}

/** Plausible entries. What chance decides in the nth depends on the seed and on n alone. */
export function entryGenerator({ seed, domain, types }: GeneratorOptions): EntryGenerator {
  const cast = castOf(domain, seed);
  const drawType = typeMix(types);
  let serial = 0;
  // Written anew at each reading, and by a getter that all entries share: the texts of a million entries would fill a
  // gigabyte, and a getter for each of them half of one.
  const lazyText = {
    get json(): string {
      const { serial, logId, type, dateMs } = this as unknown as DrawnEntry;
      const scene = sceneOf(cast, seededRandom(seed, 2 * serial + 1), { code: type, dateMs });
      return JSON.stringify(composeEntry(scene, shapeOf(scene), logId));
    },
  };
  return {
    draw(logId, ingestedAtMs, type) {
      const random = seededRandom(seed, 2 * ++serial);
      const dateMs = Math.floor(ingestedAtMs) - trailMs(random);
      return Object.assign(Object.create(lazyText), {
        serial,
        logId,
        type: type ?? drawType(random),
        dateMs,
      });
    },
  };
}

/** What a generated entry is remembered by. */
interface DrawnEntry extends LogEntry {
  readonly serial: number;
}

/** How long ingestion takes: 1 to 5 s, so that the order of dates differs from the order of ids. */
export function trailMs(random: Random): number {
  return 1000 + random.below(4000);
}

function sceneOf(cast: Cast, random: Random, { code, dateMs }: Pick<Scene, "code" | "dateMs">): Scene {
  return {
    code,
    eventType: eventTypes.get(code),
    dateMs,
    random,
    cast,
    client: random.pick(cast.apps),
    user: random.pick(cast.users),
    ip: address(random),
    userAgent: random.pick(userAgents),
  };
}

/** From the ranges that are kept for documentation (RFC 5737, RFC 3849), a quarter of them IPv6. */
function address(random: Random): string {
  if (random.chance(0.25)) return `2001:db8:${random.text(4, hexDigits)}::${random.text(3, hexDigits)}`;
  return `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.below(256)}`;
}
