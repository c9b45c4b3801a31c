import type { IncomingHttpHeaders } from "node:http";
import { createDispatcher } from "@loghook/http-dispatcher";
import { RetryableError, whenAborted } from "@loghook/pipeline";
import { errors, request } from "undici";
import type { Auth0Config } from "./config.ts";

/** What a tenant answered, whatever the status. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** In a refusal, what was sent as a secret is taken out. */
  readonly body: string;
}

/** There is more to the answer than is read of one. The same request would fail again; one for less may not. */
export class AnswerTooLargeError extends RetryableError {}

/**
 * The only place that knows Auth0's URLs. Every request is built here and goes to the configured endpoint, with the token
 * in it: neither redirects nor `Link` headers are followed, since they could name another host.
 *
 * Both methods reject with a `RetryableError` when there is no whole answer, with an `AnswerTooLargeError` when it is
 * because of its size.
 */
export interface TenantClient extends AsyncDisposable {
  /** `POST /oauth/token` */
  requestToken(form: Record<string, string>, options: { signal: AbortSignal }): Promise<Answer>;
  /** `GET /api/v2/logs` */
  readLog(query: Record<string, string>, options: { signal: AbortSignal; token: string }): Promise<Answer>;
}

export type TenantClientConfig = Pick<Auth0Config, "endpoint" | "timeoutMs" | "caFile">;

export interface TenantClientOptions {
  /** For messages: `receivers.<id>.tls`. Default `auth0`. */
  readonly id?: string;
  /** Of an answer. Default 64 MB. */
  readonly maxBodyBytes?: number;
}

interface Request {
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly secrets: readonly (string | undefined)[];
  readonly maxBodyBytes: number;
}

/** A hundred entries are about 150 KB; some, of API calls with large bodies, are far above that. */
const defaultMaxBodyBytes = 64 * 1024 * 1024;

/** A token and what is said of it. */
const maxTokenBodyBytes = 1024 * 1024;

/** undici heeds a signal only once it is connected, so this is what a stop may have to wait. */
const longestConnectMs = 10_000;

/** @throws ConfigError when `caFile` or the proxy of the environment cannot be used */
export function createTenantClient(
  { endpoint, timeoutMs, caFile }: TenantClientConfig,
  { id = "auth0", maxBodyBytes = defaultMaxBodyBytes }: TenantClientOptions = {},
): TenantClient {
  const base = new URL(endpoint);
  const dispatcher = createDispatcher({
    tls: { caFile },
    origin: base.origin,
    timeoutMs: Math.min(timeoutMs, longestConnectMs),
    setting: (key) => `receivers.${id}.${key}`,
  });

  async function send(
    { path, secrets, maxBodyBytes, ...message }: Request,
    signal: AbortSignal,
  ): Promise<Answer> {
    const url = new URL(base.pathname.replace(/\/$/, "") + path, base);
    // Not AbortSignal.timeout and .any: their timers and signals would outlive the request, all of them together.
    const breaking = new AbortController();
    let isTooSlow = false;
    const timer = setTimeout(() => {
      isTooSlow = true;
      breaking.abort();
    }, timeoutMs);
    const forget = whenAborted(signal, (reason) => breaking.abort(reason));
    try {
      const response = await request(url, {
        ...message,
        headers: { accept: "application/json", "user-agent": "loghook", ...message.headers },
        dispatcher,
        signal: breaking.signal,
      });
      const body = await readText(response.body, { maxBodyBytes, host: base.host });
      const { statusCode: status, headers } = response;
      if (status === 200) return { status, headers, body };
      const conceal = concealing(secrets);
      const { location } = headers;
      return {
        status,
        headers: { ...headers, ...(location !== undefined && { location: conceal(String(location)) }) },
        body: conceal(plainJson(body)),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AnswerTooLargeError) throw error;
      throw isTooSlow ? timedOut(base.host, timeoutMs) : unreachable(base.host, error);
    } finally {
      clearTimeout(timer);
      forget();
    }
  }

  return {
    requestToken: (form, { signal }) =>
      send(
        {
          path: "/oauth/token",
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams(form).toString(),
          secrets: [form.client_secret, form.client_assertion],
          maxBodyBytes: Math.min(maxBodyBytes, maxTokenBodyBytes),
        },
        signal,
      ),
    readLog: (query, { token, signal }) =>
      send(
        {
          path: `/api/v2/logs?${new URLSearchParams(query)}`,
          method: "GET",
          headers: { authorization: `Bearer ${token}` },
          secrets: [token],
          maxBodyBytes,
        },
        signal,
      ),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

async function readText(
  body: AsyncIterable<Buffer>,
  { maxBodyBytes, host }: { maxBodyBytes: number; host: string },
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge(host, maxBodyBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** JSON with as few escapes as it can do with, so that nothing hides in them. Other text as it is. */
function plainJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Takes out what was sent as a secret, also where it comes back in the forms that texts of the web have. */
function concealing(secrets: readonly (string | undefined)[]): (text: string) => string {
  // Three characters are no secret, and stand in any text.
  const forms = secrets.flatMap((secret) => (secret && secret.length > 3 ? formsOf(secret) : []));
  const longestFirst = forms.toSorted((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), text);
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    secret.toLowerCase(),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
}

function tooLarge(host: string, maxBodyBytes: number): AnswerTooLargeError {
  return new AnswerTooLargeError(`The answer of ${host} is larger than ${maxBodyBytes} bytes.`, {
    remedy: "Check the settings domain and endpoint: is this the tenant's own address?",
  });
}

function timedOut(host: string, timeoutMs: number): RetryableError {
  return new RetryableError(`${host} did not answer within ${timeoutMs} ms.`, {
    remedy: "If it is always so, raise the setting timeout or lower batch_size.",
  });
}

function unreachable(host: string, cause: unknown): RetryableError {
  const { message, code } = cause as NodeJS.ErrnoException;
  // What came that is no HTTP: it may repeat what was sent, and whoever prints the error would print it.
  if (cause instanceof errors.HTTPParserError) Object.assign(cause, { data: undefined });
  return new RetryableError(`No whole answer came from ${host}: ${message || code}.`, {
    cause,
    remedy: remedies[code ?? ""] ?? "Check the network between here and there, and the status of Auth0.",
  });
}

const unknownAuthority =
  "If the certificate is of your own authority, name its PEM file in tls.ca_file; else something between here and there breaks the encryption.";

const remedies: Record<string, string> = {
  ENOTFOUND: "Check the setting domain (or endpoint), and name resolution on this machine.",
  ECONNREFUSED: "Check the settings domain and endpoint: nothing listens there.",
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};
