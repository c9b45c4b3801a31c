import { type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { type Environment, proxiesFrom } from "./proxy-environment.ts";
import { readTlsFiles } from "./tls-contents.ts";
import type { TlsFiles } from "./tls-settings.ts";

export interface DispatcherOptions {
  /** Default: the authorities that Node.js knows, and no certificate of our own. */
  readonly tls?: TlsFiles | undefined;
  /** Where to find HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** The most connections to one origin. Default: as many as there are requests at once. */
  readonly connections?: number | undefined;
  /** How long it may take to connect, and a proxy to answer a CONNECT. Milliseconds. */
  readonly timeoutMs: number;
  /** How the config names a setting, for messages: `tls.ca_file` → `exporters.webhook.tls.ca_file`. */
  readonly setting: (key: string) => string;
}

const minVersion = "TLSv1.2";

/**
 * The connections of an HTTP client: kept open between requests, through the proxy that the environment names, never
 * without verifying the other side's certificate.
 *
 * There is no deadline for an answer: give each request a `signal`. undici heeds it only once it is connected.
 *
 * HTTP/1.1 only. Over HTTP/2 all requests would share a connection, and would be lost together with it.
 *
 * @throws {ConfigError} naming the TLS file or the environment variable that cannot be used
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { tls: files = {}, env = process.env, connections = null, timeoutMs, setting } = options;
  // rejectUnauthorized: on, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const verified = { minVersion, rejectUnauthorized: true } as const;
  const tls = { ...readTlsFiles(files, setting), ...verified, allowH2: false };
  return new EnvHttpProxyAgent({
    connections,
    allowH2: false,
    connectTimeout: timeoutMs,
    // The caller's own deadline holds for the whole request; undici's run on a coarser clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: tls,
    requestTls: { ...tls, timeout: timeoutMs },
    proxyTls: { ...verified, timeout: timeoutMs },
    // A proxy that takes a CONNECT and never answers would hold the connection for undici's five minutes.
    clientFactory: (origin, poolOptions) => new Pool(origin, { ...poolOptions, headersTimeout: timeoutMs }),
    ...proxiesFrom(env),
  });
}
