import type { LookupFunction } from "node:net";
import { ConfigError } from "@loghook/pipeline";
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { type Environment, type Proxies, proxiesFrom, proxyFor } from "./proxy-environment.ts";
import { publicConnector } from "./public-connector.ts";
import { readTlsFiles } from "./tls-contents.ts";
import type { TlsFiles } from "./tls-settings.ts";

export interface DispatcherOptions {
  /** Default: the authorities that Node.js knows, and no certificate of our own. */
  readonly tls?: TlsFiles | undefined;
  /** Where to find HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Where all requests will go to. Default: to any origin; it is then looked at for each. */
  readonly origin?: string | undefined;
  /** The most connections to one origin. Default: as many as there are requests at once. */
  readonly connections?: number | undefined;
  /** How long it may take to connect, and a proxy to answer a CONNECT. Milliseconds. */
  readonly timeoutMs: number;
  /** How the config names a setting, for messages: `tls.ca_file` → `exporters.webhook.tls.ca_file`. */
  readonly setting: (key: string) => string;
  /** Given: connections are made to public addresses only. Default: to any. */
  readonly publicOnly?: PublicOnly | undefined;
}

export interface PublicOnly {
  /** Where the requests will go to. */
  readonly url: string;
  /** Resolves names, for tests. Default: as Node.js does. */
  readonly lookup?: LookupFunction | undefined;
}

const minVersion = "TLSv1.2";

/** Of an answer, and of a proxy's answer to a CONNECT. As Node.js has it, but whatever NODE_OPTIONS say. */
const maxHeaderSize = 16_384;

/**
 * The connections of an HTTP client: kept open between requests, through the proxy that the environment names, never
 * without verifying the other side's certificate.
 *
 * There is no deadline for an answer: give each request a `signal`. undici heeds it only once it is connected.
 *
 * HTTP/1.1 only. Over HTTP/2 all requests would share a connection, and would be lost together with it.
 *
 * With `publicOnly`, a request to any other address fails with a `DestinationRefusedError`.
 *
 * @throws {ConfigError} naming the TLS file or the environment variable that cannot be used; with `publicOnly` also when
 * the way leads through a proxy, of which nobody here can know where it connects to
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { tls: files = {}, env = process.env, origin, connections = null, timeoutMs } = options;
  const { setting, publicOnly } = options;
  // rejectUnauthorized: on, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const verified = { minVersion, rejectUnauthorized: true } as const;
  const tls = { ...readTlsFiles(files, setting), ...verified, allowH2: false };
  const common = {
    connections,
    allowH2: false,
    connectTimeout: timeoutMs,
    maxHeaderSize,
    // The caller's own deadline holds for the whole request; undici's run on a coarser clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const proxies = proxiesFrom(env);
  if (publicOnly) {
    checkNoProxy(publicOnly.url, { proxies, setting });
    const { lookup } = publicOnly;
    return new Agent({
      ...common,
      connect: publicConnector({ ...tls, timeout: timeoutMs }, { setting, lookup }),
    });
  }
  if (origin !== undefined && proxyFor(new URL(origin), proxies) === undefined)
    return new Pool(origin, { ...common, connect: tls });
  return new EnvHttpProxyAgent({
    ...common,
    connect: tls,
    requestTls: { ...tls, timeout: timeoutMs },
    proxyTls: { ...verified, timeout: timeoutMs },
    // A proxy that takes a CONNECT and never answers would hold the connection for undici's five minutes.
    clientFactory: (origin, poolOptions) =>
      new Pool(origin, { ...poolOptions, maxHeaderSize, headersTimeout: timeoutMs }),
    ...proxies,
  });
}

interface ProxyCheck {
  readonly proxies: Proxies;
  readonly setting: (key: string) => string;
}

function checkNoProxy(url: string, { proxies, setting }: ProxyCheck): void {
  const variable = proxyFor(new URL(url), proxies);
  if (variable === undefined) return;
  const key = setting("deny_private_networks");
  throw new ConfigError(
    `${key} cannot be kept through the proxy of ${variable}, which looks names up by itself.`,
    {
      remedy: `Name ${new URL(url).hostname} in NO_PROXY, or have the proxy refuse private networks and leave ${key} out.`,
    },
  );
}
