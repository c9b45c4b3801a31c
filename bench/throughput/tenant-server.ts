// A tenant with a large log that answers after a round trip of given length, as a process of its own:
// argv: JSON of `TenantServerOptions`. Tells its port by IPC, and the number of pages it has given when asked.
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createLargeLog } from "./large-log.ts";

export interface TenantServerOptions {
  readonly entries: number;
  readonly roundTripMs: number;
  /** Speaks HTTPS. Undefined: HTTP. */
  readonly certificate?: { readonly key: string; readonly cert: string } | undefined;
}

export interface TenantReady {
  readonly port: number;
  readonly entryBytes: number;
}

const { entries, roundTripMs, certificate } = JSON.parse(process.argv[2] ?? "") as TenantServerOptions;
const log = createLargeLog(entries);
const token = JSON.stringify({ access_token: "bench-token", token_type: "Bearer", expires_in: 86_400 });

const answer: RequestListener = async (request, response) => {
  request.resume();
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const body = pathname === "/oauth/token" ? Buffer.from(token) : pageFor(searchParams);
  if (roundTripMs > 0) await wait(roundTripMs);
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
};

/** Behind an id by `from` and `take`; else the search for the first ones. */
function pageFor(query: URLSearchParams): Buffer {
  const from = query.get("from");
  const count = Number(query.get("take") ?? query.get("per_page") ?? 100);
  return log.page(from === null ? 0 : log.placeBehind(from), Math.min(count, 100));
}

const server = certificate ? createTlsServer({ ...certificate }, answer) : createServer(answer);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, entryBytes: log.entryBytes } satisfies TenantReady);
});
process.once("disconnect", () => process.exit());
