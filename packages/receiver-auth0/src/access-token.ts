import { createHash } from "node:crypto";
import type { ComponentSettings } from "@loghook/pipeline";
import type { Credentials } from "./credentials.ts";
import { type BudgetedSend, createRateBudget } from "./rate-budget.ts";
import { tokenRefusal } from "./refusals.ts";
import { type SharedWork, shareWork, type WorkOptions } from "./share-work.ts";
import type { TenantClient } from "./tenant-client.ts";
import { type GrantConfig, grantForm, parseGrant } from "./token-grant.ts";

/** What lets us read the log. */
export interface AccessToken {
  /** False: it was given ready-made, and when it is refused there is no other. */
  readonly renewable: boolean;
  /** One that is still valid for a while; asked of the tenant when there is none. Callers share one request. */
  get(options: BudgetedSend): Promise<string>;
  /** This value was refused. The next `get` asks for another, unless that has happened already. */
  drop(value: string): Promise<void>;
}

export type AccessTokenConfig = Omit<GrantConfig, "credentials"> & { readonly credentials: Credentials };
export type AccessTokenSettings = Pick<ComponentSettings, "clock" | "storage" | "logger">;

/** As it lies in the storage, so that a restart need not ask again: each grant writes an entry into the log we read. */
interface StoredToken {
  readonly value: string;
  /** When to ask for the next one. Milliseconds since 1970. */
  readonly renewAt: number;
  /** Whose it is. Another client, tenant or audience must not get it. */
  readonly fingerprint: string;
}

const storageKey = "token";
/** Renewed this long before it expires; at half its life where that is short. */
const renewalLeadMs = 60_000;

export function createAccessToken(
  config: AccessTokenConfig,
  client: TenantClient,
  settings: AccessTokenSettings,
): AccessToken {
  const { credentials } = config;
  if (credentials.kind === "token") {
    return { renewable: false, get: async () => credentials.token.reveal(), drop: async () => {} };
  }
  return createGrantedToken({ ...config, credentials }, client, settings);
}

function createGrantedToken(
  config: GrantConfig,
  client: TenantClient,
  { clock, storage, logger }: AccessTokenSettings,
): AccessToken {
  const fingerprint = fingerprintOf(config);
  // The limits of /oauth/token are apart from those of the Management API:
  // https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy
  const budget = createRateBudget({ clock, maxShare: 1 });
  let current: StoredToken | undefined;
  let isLoaded = false;
  let renewal: SharedWork<StoredToken, BudgetedSend> | undefined;

  const isFresh = (token: StoredToken | undefined): token is StoredToken =>
    token?.fingerprint === fingerprint && clock.now() < token.renewAt;

  function renewForAll({ signal, tell }: WorkOptions<BudgetedSend>): Promise<StoredToken> {
    return renew({ signal, onThrottled: (until) => tell((one) => one.onThrottled(until)) });
  }

  async function renew(options: BudgetedSend): Promise<StoredToken> {
    if (!isLoaded) current = parseStoredToken(await storage.get(storageKey));
    isLoaded = true;
    if (isFresh(current)) return current;
    current = await grant(options);
    await keep(() => storage.set(storageKey, JSON.stringify(current)));
    return current;
  }

  /** It is only a cache: where the storage takes nothing, the token is as good without. */
  async function keep(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const { message } = error as Error;
      logger.info({ reason: message }, "The access token could not be kept for the next start.");
    }
  }

  async function grant(options: BudgetedSend): Promise<StoredToken> {
    const askedAt = clock.now();
    const request = async () => client.requestToken(await grantForm(config, clock.now()), options);
    const answer = await budget.send(request, options);
    if (answer.status !== 200) throw tokenRefusal(answer, { ...config, now: clock.now() });
    const { token, lifetimeMs } = parseGrant(answer.body, config.domain);
    logger.info({ lifetimeMs }, "Fetched an access token.");
    const leadMs = Math.min(renewalLeadMs, lifetimeMs / 2);
    return { value: token, fingerprint, renewAt: askedAt + lifetimeMs - leadMs };
  }

  return {
    renewable: true,
    async get(options) {
      if (isFresh(current)) return current.value;
      if (!renewal || renewal.isOver) renewal = shareWork(renewForAll);
      return (await renewal.join(options)).value;
    },
    async drop(value) {
      if (current?.value !== value) return;
      current = undefined;
      logger.info({}, "The access token was refused; asking for another one.");
      await keep(() => storage.delete(storageKey));
    },
  };
}

/** With the secret in it: a wrong one is to be found out now, and not when the last token has expired. */
function fingerprintOf({ domain, endpoint, audience, credentials }: GrantConfig): string {
  const secret = credentials.kind === "private_key" ? credentials.privateKey : credentials.clientSecret;
  return createHash("sha256")
    .update([domain, endpoint, audience, credentials.clientId, secret.reveal()].join("\n"))
    .digest("hex");
}

/** Undefined also for what is not a token: it is only a cache, and the next grant writes over it. */
function parseStoredToken(text: string | undefined): StoredToken | undefined {
  if (text === undefined) return undefined;
  try {
    const { value, renewAt, fingerprint } = JSON.parse(text);
    const isWhole =
      typeof value === "string" && typeof renewAt === "number" && typeof fingerprint === "string";
    return isWhole ? { value, renewAt, fingerprint } : undefined;
  } catch {
    return undefined;
  }
}
