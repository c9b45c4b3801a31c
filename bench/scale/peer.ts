// Tenants and webhooks in one process, and by one clock. argv: JSON of `PeerOptions`. Tells by IPC what `PeerNews` says.
// `/tenants/3/…` is the API of the tenant 3, `/hooks/3` the webhook of the lane 3. Every answer comes at once.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createLargeLog, placeOf as placeInLargeLog } from "../throughput/large-log.ts";
import { createGrowingLog, placeOf } from "./growing-log.ts";
import { bookOf, type HookBook, percentile } from "./hook-book.ts";

/** One tenant with a finite log for all lanes, or a growing one for each. */
export type PeerOptions = StockOptions | GrowingOptions;

export interface StockOptions {
  readonly kind: "stock";
  readonly lanes: number;
  readonly entries: number;
  /** Entries that each lane must have taken before it is counted. */
  readonly warmUp: number;
}

export interface GrowingOptions {
  readonly kind: "growing";
  readonly lanes: number;
  readonly entriesPerSecond: number;
  /** What each log holds at the beginning. */
  readonly historySeconds: number;
}

/** `complete`: each lane of the stock has everything. The last request is answered when the process is told `answer`. */
export type PeerNews =
  | { readonly news: "ready"; readonly port: number; readonly entryBytes: number }
  | { readonly news: "warm" | "complete" }
  | { readonly news: "counts"; readonly counts: PeerCounts };

/** Since the beginning, or since it was told `begin`. */
export interface PeerCounts {
  /** `GET /api/v2/logs` */
  readonly apiCalls: number;
  readonly requests: number;
  readonly entries: number;
  readonly repeated: number;
  /** Entries between others that have come, and that have not come themselves. */
  readonly missing: number;
  /** From appearing in the API to delivery. Of growing logs alone. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const options = JSON.parse(process.argv[2] ?? "") as PeerOptions;
const tell = (news: PeerNews): unknown => process.send?.(news);
const now = (): number => performance.timeOrigin + performance.now();
const token = Buffer.from(
  JSON.stringify({ access_token: "bench-token", token_type: "Bearer", expires_in: 86_400 }),
);
const { entryBytes, pageOf, books } = options.kind === "stock" ? stock(options) : growing(options);
let apiCalls = 0;
let isWarm = false;

function stock({ entries, lanes }: StockOptions) {
  const log = createLargeLog(entries);
  return {
    entryBytes: log.entryBytes,
    pageOf: (_tenant: number, from: string | null, count: number) =>
      log.page(from === null ? 0 : log.placeBehind(from), count),
    books: Array.from({ length: lanes }, () => bookOf({ placeOf: placeInLargeLog })),
  };
}

/** The logs grow in turn, not all at the same moment. */
function growing({ lanes, entriesPerSecond, historySeconds }: GrowingOptions) {
  const beginsAt = Math.floor(now()) - historySeconds * 1000;
  const logs = Array.from({ length: lanes }, (_, tenant) =>
    createGrowingLog({ entriesPerSecond, beginsAt: beginsAt + (tenant * 1000) / entriesPerSecond / lanes }),
  );
  return {
    entryBytes: 0,
    pageOf(tenant: number, from: string | null, count: number): Buffer {
      const log = logs[tenant] as (typeof logs)[number];
      return log.page(from === null ? 0 : log.placeBehind(from), count, now());
    },
    books: logs.map(({ appearsAt }) => bookOf({ placeOf, appearsAt })),
  };
}

function counts(): PeerCounts {
  const sum = (of: (book: HookBook) => number): number => books.reduce((total, book) => total + of(book), 0);
  const latencies = Float64Array.from(books.flatMap((book) => book.latenciesMs)).sort();
  return {
    apiCalls,
    requests: sum((book) => book.requests),
    entries: sum((book) => book.entries),
    repeated: sum((book) => book.repeated),
    missing: sum((book) => book.missing),
    latencyMs: {
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      max: percentile(latencies, 100),
    },
  };
}

/** @returns whether the answer is to wait */
function tellProgress({ entries, warmUp }: StockOptions): boolean {
  if (!isWarm && books.every((book) => book.entries >= warmUp)) {
    isWarm = true;
    tell({ news: "warm" });
  }
  if (!books.every((book) => book.entries >= entries)) return false;
  tell({ news: "complete" });
  return true;
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const [, place, index = "0", ...path] = pathname.split("/");
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (place === "hooks") takeDelivery(Number(index), Buffer.concat(chunks), response);
    else if (path[0] === "oauth") answer(response, token);
    else {
      apiCalls += 1;
      const count = Number(searchParams.get("take") ?? searchParams.get("per_page") ?? 100);
      answer(response, pageOf(Number(index), searchParams.get("from"), Math.min(count, 100)));
    }
  });
});

function takeDelivery(lane: number, body: Buffer, response: ServerResponse): void {
  books[lane]?.take(body, now());
  const end = (): void => void response.writeHead(204).end();
  if (options.kind === "stock" && tellProgress(options)) onAnswer = end;
  else end();
}

function answer(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
}

let onAnswer = (): void => {};
process.on("message", (message) => {
  if (message === "answer") return onAnswer();
  if (message === "begin") {
    apiCalls = 0;
    for (const book of books) book.begin();
  }
  tell({ news: "counts", counts: counts() });
});
process.once("disconnect", () => process.exit());
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  tell({ news: "ready", port: (server.address() as AddressInfo).port, entryBytes });
});
