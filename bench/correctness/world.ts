import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type ReceivedRequest, startWebhook } from "@loghook/testkit";

/** How large a comparison is. */
export interface Size {
  readonly entries: number;
  /** Entries per request, on both sides. */
  readonly batch: number;
}

/** A tenant, a webhook that keeps a book, and a folder for the state: all that one engine sees of one scenario. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly tenant: Tenant;
  readonly webhookUrl: string;
  readonly size: Size;
  /** In which runs an entry was answered with 2xx, by its id. */
  readonly taken: ReadonlyMap<string, readonly number[]>;
  /** The run that is under way: 1 is the first. */
  run: number;
  /** How the webhook answers a request. Undefined: not at all. */
  answer: Answer;
  /** How far the tenant's clock is from this machine's. */
  tenantOffsetMs: number;
  /** In the run that is under way. */
  requests: number;
}

interface Given {
  readonly status: number;
  readonly location?: string;
}

export type Answer = (ids: readonly string[]) => Given | undefined | Promise<Given>;

export async function openWorld(size: Size, types?: readonly string[]): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loghook-correctness-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const state = { run: 0, requests: 0, tenantOffsetMs: 0, answer: takeEverything };
  const tenant = await startTenant({
    https: true,
    domainIsAddress: true,
    seed: 1,
    entries: size.entries,
    types,
    // Both would read what their own grants leave there, which is not what is compared.
    logsItsOwnTokens: false,
    now: () => Date.now() + state.tenantOffsetMs,
  });
  opening.use(tenant);
  const taken = new Map<string, number[]>();
  const webhook = opening.use(await startWebhook({ answer }));
  const closing = opening.move();

  async function answer(request: ReceivedRequest, response: ServerResponse): Promise<void> {
    state.requests += 1;
    const ids = idsIn(request);
    const given = await state.answer(ids);
    if (given === undefined) return;
    const { status, location } = given;
    if (status >= 200 && status < 300) {
      for (const id of ids) taken.set(id, [...(taken.get(id) ?? []), state.run]);
    }
    response.writeHead(status, location === undefined ? {} : { location }).end();
  }

  const close = { [Symbol.asyncDispose]: () => closing.disposeAsync() };
  return Object.assign(state, { folder, tenant, webhookUrl: webhook.url, size, taken, ...close });
}

const takeEverything: Answer = () => ({ status: 200 });

function idsIn(request: ReceivedRequest): string[] {
  const body = JSON.parse(request.body.toString("utf8")) as { log_id: string } | { log_id: string }[];
  return [body].flat().map(({ log_id }) => log_id);
}
