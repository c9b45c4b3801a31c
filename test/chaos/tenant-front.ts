import { once } from "node:events";
import { Agent, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Tenant } from "@loghook/auth0-simulator";
import { startServer, type TestServer } from "@loghook/testkit";
import type { TenantFault } from "./planned-faults.ts";
import type { Random } from "./random.ts";

interface FrontEvents {
  /** The log is asked for: the moment to write new entries. */
  beforeRead(): void;
  onFault(kind: string): void;
  /** These entries were given out once more than they would have been. */
  onServedAgain(logIds: readonly string[]): void;
  /** These entries were given out in another order than that of their ids. */
  onShuffled(logIds: readonly string[]): void;
}

export interface TenantFrontOptions {
  readonly tenant: Tenant;
  readonly faults: readonly TenantFault[];
  readonly random: Random;
  readonly events: FrontEvents;
}

export interface TenantFront extends TestServer {
  /** From now on it passes everything on. */
  recover(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Stands before the simulator, and goes wrong at planned requests in ways that need to know the page. */
export async function startTenantFront({
  tenant,
  faults,
  random,
  events,
}: TenantFrontOptions): Promise<TenantFront> {
  const agent = new Agent({ keepAlive: true });
  const counts = { logs: 0, token: 0 };
  let isWell = false;

  function nextFault(on: "logs" | "token"): TenantFault | undefined {
    const count = ++counts[on];
    if (isWell) return undefined;
    return faults.find(
      ({ kind, at, requests }) =>
        kind.startsWith("token") === (on === "token") && count >= at && count < at + requests,
    );
  }

  async function pass(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, headers, url } = request;
    const passed = send(`${tenant.url}${url}`, { method: method ?? "GET", headers, agent });
    passed.end(body);
    const [response] = (await once(passed, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => Buffer.alloc(0));
    const isLog = request.url?.startsWith("/api/v2/logs") === true;
    if (isLog) events.beforeRead();
    const fault = nextFault(isLog ? "logs" : "token");
    if (fault) spoilBefore(fault, { tenant, random });
    if (fault && breakOff(fault, response)) return events.onFault(`tenant: ${fault.kind}`);
    const answer = await pass(request, body).catch(() => undefined);
    if (answer === undefined) {
      if (fault?.kind === "truncated") events.onFault("tenant: truncated");
      response.writeHead(200, { "content-length": 1000 }).write("[{");
      return void response.socket?.end();
    }
    const wrong = fault && mangled(fault, { answer, url: request.url ?? "", tenant, random, events });
    if (fault && (wrong || happensBefore.has(fault.kind))) events.onFault(`tenant: ${fault.kind}`);
    const { "transfer-encoding": _, "content-length": __, ...headers } = answer.headers;
    response.writeHead(answer.status, headers).end(wrong ?? answer.body);
  }

  const server = await startServer((request, response) => void handle(request, response));
  return {
    ...server,
    recover() {
      isWell = true;
      tenant.clearFaults();
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

const happensBefore = new Set<TenantFault["kind"]>([
  "slow down",
  "server error",
  "expired token",
  "token refused",
]);

/** What the simulator does by itself when it is told. */
function spoilBefore({ kind }: TenantFault, { tenant, random }: { tenant: Tenant; random: Random }): void {
  if (kind === "slow down") tenant.fault({ on: "logs", status: 429, headers: { "retry-after": "0" } });
  if (kind === "server error") tenant.fault({ on: "logs", status: random.pick([500, 502, 503, 504]) });
  if (kind === "truncated") tenant.fault({ on: "logs", truncate: true });
  if (kind === "expired token") tenant.expireTokens();
  if (kind === "token refused") tenant.fault({ on: "token", status: random.pick([500, 503]) });
}

function breakOff({ kind }: TenantFault, response: ServerResponse): boolean {
  if (kind === "hang") return true;
  if (kind !== "reset" && kind !== "token reset") return false;
  response.socket?.resetAndDestroy();
  return true;
}

interface MangleParts {
  readonly answer: Answer;
  readonly url: string;
  readonly tenant: Tenant;
  readonly random: Random;
  readonly events: FrontEvents;
}

/** Undefined: there is nothing in this answer to spoil. */
function mangled(
  { kind }: TenantFault,
  { answer, url, tenant, random, events }: MangleParts,
): string | undefined {
  if (answer.status !== 200) return undefined;
  if (kind === "garbage") return random.pick(["<html>", "", "{}", "null", '[{"log_id":']);
  const { searchParams } = new URL(url, tenant.url);
  const from = searchParams.get("from");
  if (from === null) return undefined;
  const after = tenant.entries.findIndex(({ logId }) => logId > from);
  const count = (JSON.parse(answer.body.toString()) as unknown[]).length;
  if (count === 0 || after === -1) return undefined;
  const page = tenant.entries.slice(after, after + count);
  if (kind === "out of order" && count > 1) {
    events.onShuffled(page.map(({ logId }) => logId));
    return pageText(random.shuffled(page));
  }
  if (kind !== "duplicates") return undefined;
  const before = tenant.entries.slice(Math.max(after - random.between(0, 3), 0), after);
  const twice = page.slice(0, random.between(0, 3));
  events.onServedAgain([...before, ...twice].map(({ logId }) => logId));
  const room = Math.max(Number(searchParams.get("take") ?? 50) - before.length - twice.length, 1);
  return pageText([...before, ...page.slice(0, room), ...twice.slice(0, room)]);
}

function pageText(entries: readonly { readonly json: string }[]): string {
  return `[${entries.map(({ json }) => json).join(",")}]`;
}
