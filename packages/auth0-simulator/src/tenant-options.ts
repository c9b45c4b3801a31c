import { createPublicKey, type KeyObject } from "node:crypto";

/** How a tenant is set up. Everything has a default that works. */
export interface TenantOptions {
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Serve HTTPS, with a certificate made at start: see `Tenant.caCertificate`. Default false. */
  readonly https?: boolean | undefined;
  /** The tenant's canonical domain; the audience is `https://<domain>/api/v2/`. Default `acme.eu.auth0.com`. */
  readonly domain?: string | undefined;
  /**
   * The domain is the address it listens on (`127.0.0.1:4010`), for programs that build their URLs from the domain
   * alone. `domain` is then not used. Default false.
   */
  readonly domainIsAddress?: boolean | undefined;
  /** Default: one that looks like Auth0's, always the same. */
  readonly clientId?: string | undefined;
  /** Default: one that looks like Auth0's, always the same. */
  readonly clientSecret?: string | undefined;
  /** Further clients: their secrets, by client_id. They get the same scopes. Default: none. */
  readonly otherClients?: Readonly<Record<string, string>> | undefined;
  /** The client's public key (PEM or KeyObject, RSA). With it, assertions of private_key_jwt are accepted too. */
  readonly publicKey?: KeyObject | string | undefined;
  /** What tokens carry. Without `read:logs` or `read:logs_users` the log cannot be read. Default `["read:logs"]`. */
  readonly scopes?: readonly string[] | undefined;
  /** Default 86,400: a day, as Auth0's. */
  readonly tokenLifetimeSeconds?: number | undefined;
  /** The same seed, times and calls give the same entries. Default 1. */
  readonly seed?: number | undefined;
  /** Entries that exist at the start, spread evenly over the `spanMs` before it. Default 0. */
  readonly entries?: number | undefined;
  /** Default: 24 hours. */
  readonly spanMs?: number | undefined;
  /** Event codes that generated entries are drawn from, all alike. Default: every known code, weighted plausibly. */
  readonly types?: readonly string[] | undefined;
  /** Entries written per second for as long as it runs. Default 0. */
  readonly ratePerSecond?: number | undefined;
  /** A token bucket over the whole Management API. Default 5,000 and 5,000 per second, the largest that Auth0 sells. */
  readonly rateLimit?: RateLimit | undefined;
  /** Entries older than this can no longer be read. Default: kept for ever. */
  readonly retentionMs?: number | undefined;
  /** A grant writes `seccft`, a refused one `feccft`, as Auth0 does. Default true. */
  readonly logsItsOwnTokens?: boolean | undefined;
  /** Used-up rate limits write `api_limit`, at most once a minute. Default true. */
  readonly logsItsOwnLimits?: boolean | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

export interface RateLimit {
  /** Requests that are possible at once. */
  readonly burst: number;
  /** Requests that become possible again each second. */
  readonly perSecond: number;
}

/** The options with nothing left open. */
export interface TenantSetup {
  readonly port: number;
  readonly host: string;
  readonly https: boolean;
  readonly domain: string;
  readonly domainIsAddress: boolean;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly otherClients: ReadonlyMap<string, string>;
  readonly publicKey: KeyObject | undefined;
  readonly scopes: readonly string[];
  readonly tokenLifetimeSeconds: number;
  readonly seed: number;
  readonly entries: number;
  readonly spanMs: number;
  readonly types: readonly string[] | undefined;
  readonly ratePerSecond: number;
  readonly rateLimit: RateLimit;
  readonly retentionMs: number;
  readonly logsItsOwnTokens: boolean;
  readonly logsItsOwnLimits: boolean;
  readonly now: () => number;
}

/** Fills in the defaults. */
export function tenantSetup(options: TenantOptions): TenantSetup {
  const { publicKey } = options;
  return {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    https: options.https ?? false,
    domain: options.domain ?? "acme.eu.auth0.com",
    domainIsAddress: options.domainIsAddress ?? false,
    clientId: options.clientId ?? "k7Vd2QmXc9TzR4LwHn0BsYpJf6GuEa1o",
    clientSecret: options.clientSecret ?? "simulated-secret-Zq3vT8xWm5RkY1nLc7Hd2BpJs9GfUa4E0oXiNtQyVbMrKw6C",
    otherClients: new Map(Object.entries(options.otherClients ?? {})),
    publicKey: typeof publicKey === "string" ? createPublicKey(publicKey) : publicKey,
    scopes: options.scopes ?? ["read:logs"],
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 86_400,
    seed: options.seed ?? 1,
    entries: options.entries ?? 0,
    spanMs: options.spanMs ?? 86_400_000,
    types: options.types,
    ratePerSecond: options.ratePerSecond ?? 0,
    rateLimit: options.rateLimit ?? { burst: 5000, perSecond: 5000 },
    retentionMs: options.retentionMs ?? Number.POSITIVE_INFINITY,
    logsItsOwnTokens: options.logsItsOwnTokens ?? true,
    logsItsOwnLimits: options.logsItsOwnLimits ?? true,
    now: options.now ?? Date.now,
  };
}
