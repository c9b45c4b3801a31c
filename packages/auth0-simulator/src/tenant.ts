import type { Fault } from "./fault.ts";
import type { GivenEntry } from "./given-entry.ts";
import { listen } from "./listening.ts";
import type { StoredEntry } from "./log-store.ts";
import { requestHandler } from "./request-handler.ts";
import type { ApiRequest } from "./request-log.ts";
import { type TenantOptions, tenantSetup } from "./tenant-options.ts";
import { tenantServices } from "./tenant-services.ts";

/** A tenant that runs. Disposing it is the same as `stop()`. */
export interface Tenant extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:4010`. */
  readonly url: string;
  readonly port: number;
  readonly domain: string;
  readonly clientId: string;
  /** The one that is valid now. */
  readonly clientSecret: string;
  /** PEM of the certificate to trust. Undefined without `https`. */
  readonly caCertificate: string | undefined;
  /** Every entry ever written, in the order of their ids; also those that retention has taken from the API. */
  readonly entries: readonly StoredEntry[];
  /** Every request, in the order in which they came in. */
  readonly requests: readonly ApiRequest[];

  /**
   * Writes plausible entries, readable at once.
   *
   * @param options.type one event code, known or not; default: drawn from the mix
   * @param options.at when they are written, milliseconds since 1970; default now. Their `date` is 1 to 5 s earlier.
   */
  generate(count: number, options?: { type?: string | undefined; at?: number | undefined }): StoredEntry[];
  /**
   * Writes one entry. To an object it adds `date`, `log_id` and `_id` where they are absent (a key that is there but
   * undefined stays absent). A text is served to the letter; it has its own `log_id`, or `{{log_id}}` (and
   * `{{date}}`) in the places where they belong.
   */
  append(entry: GivenEntry): StoredEntry;
  /** As `append`, but the entry shows up right behind `afterLogId`, before others that could be read already. */
  appendLate(entry: GivenEntry, afterLogId: string): StoredEntry;

  /** A token without asking /oauth/token for one, and without a trace in the log. Carries the scopes of now. */
  issueToken(): Promise<string>;
  /** Every token issued so far is answered as expired. */
  expireTokens(): void;
  /** What tokens carry from now on; those that are out keep what they have. */
  setScopes(scopes: readonly string[]): void;
  /** Takes one scope from all tokens to come; those that are out keep it. */
  revokeScope(scope: string): void;
  /** Only the new secret is valid from now on. Tokens stay valid. */
  rotateSecret(newSecret: string): void;
  /** Lets the next matching requests go wrong. Faults queue up: one request meets one fault. */
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Cuts all connections and frees the port. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a tenant.
 *
 * Rejects with the system's error when the port is taken or the host is not this machine's.
 */
export async function startTenant(options: TenantOptions = {}): Promise<Tenant> {
  const setup = tenantSetup(options);
  const stopping = new AbortController();
  const server = await listen(setup);
  const domain = setup.domainIsAddress ? server.address : setup.domain;
  const services = tenantServices(setup, domain);
  const protocol = setup.https ? "https" : "http";
  server.serve(requestHandler({ ...services, protocol, now: setup.now, signal: stopping.signal }));

  async function stop(): Promise<void> {
    stopping.abort();
    await server.stop();
  }

  const { log, grants, requestLog, faults } = services;
  return {
    url: server.url,
    port: server.port,
    domain,
    clientId: grants.clientId,
    get clientSecret() {
      return grants.clientSecret;
    },
    caCertificate: server.caCertificate,
    get entries() {
      return log.all();
    },
    requests: requestLog.requests,
    generate: log.generate,
    append: log.append,
    appendLate: log.appendLate,
    issueToken: () => services.tokens.issue(grants.clientId, grants.scopes),
    expireTokens: services.tokens.expireAll,
    setScopes(scopes) {
      grants.scopes = [...scopes];
    },
    revokeScope(scope) {
      grants.scopes = grants.scopes.filter((granted) => granted !== scope);
    },
    rotateSecret(newSecret) {
      grants.clientSecret = newSecret;
    },
    fault: faults.add,
    clearFaults: faults.clear,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
