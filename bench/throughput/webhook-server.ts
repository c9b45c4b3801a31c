// A webhook that takes everything after a round trip of given length, as a process of its own, and keeps a book of it.
// argv: JSON of `WebhookServerOptions`. Tells by IPC its port, when the warm-up is over, and when everything is there; the
// last request is then answered when it is told to, so that its sender can be looked at while it is still alive.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { placeOf } from "./large-log.ts";

export interface WebhookServerOptions {
  readonly entries: number;
  readonly roundTripMs: number;
  /** Entries that are taken before it is counted. */
  readonly warmUp: number;
}

/** What it tells, in this order. Times in milliseconds, of one clock. */
export type WebhookNews =
  | { readonly news: "ready"; readonly port: number }
  | { readonly news: "warm"; readonly at: number; readonly taken: number }
  | { readonly news: "complete"; readonly at: number; readonly requests: number; readonly repeated: number };

const { entries, roundTripMs, warmUp } = JSON.parse(process.argv[2] ?? "") as WebhookServerOptions;
const seen = new Uint8Array(entries);
let taken = 0;
let repeated = 0;
let requests = 0;
let isWarm = false;

const tell = (news: WebhookNews): unknown => process.send?.(news);
const idKey = Buffer.from('"log_id":"');
const idLength = 56;

/** @returns whether this was the last */
function book(body: Buffer): boolean {
  requests += 1;
  for (let at = body.indexOf(idKey); at !== -1; at = body.indexOf(idKey, at + idLength)) {
    const start = at + idKey.length;
    const place = placeOf(body.toString("latin1", start, start + idLength));
    if (seen[place] === 0) taken += 1;
    else repeated += 1;
    seen[place] = 1;
  }
  if (!isWarm && taken >= warmUp) {
    isWarm = true;
    tell({ news: "warm", at: performance.now(), taken });
  }
  if (taken < entries) return false;
  tell({ news: "complete", at: performance.now(), requests, repeated });
  return true;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const respond = (): void => {
      const isLast = book(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      const end = (): void => void response.writeHead(204).end();
      if (isLast) process.once("message", end);
      else end();
    };
    if (roundTripMs > 0) setTimeout(respond, roundTripMs);
    else respond();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  tell({ news: "ready", port: (server.address() as AddressInfo).port });
});
process.once("disconnect", () => process.exit());
