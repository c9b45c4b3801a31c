import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ConfigError } from "@loghook/pipeline";
import { type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import type { TlsFiles, WebhookConfig } from "./config.ts";
import type { Destination } from "./destination.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const minVersion = "TLSv1.2";

/**
 * The connections to the webhook: as many as requests may be in flight, kept open between requests, through the proxy
 * that the environment names.
 *
 * HTTP/1.1 only. Over HTTP/2 all requests would share a connection, and would be lost together with it.
 *
 * @throws {ConfigError} naming the TLS file or the environment variable that cannot be used
 */
export function createDispatcher(
  config: WebhookConfig,
  destination: Destination,
  env: Environment,
): Dispatcher {
  const files = readTlsFiles(config.tls, destination);
  // rejectUnauthorized: on, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const tls = { ...files, minVersion, rejectUnauthorized: true, allowH2: false } as const;
  const { timeoutMs } = config;
  return new EnvHttpProxyAgent({
    connections: config.concurrency,
    allowH2: false,
    connectTimeout: timeoutMs,
    // The exporter's own deadline holds for the whole request; undici's run on a coarser clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: tls,
    requestTls: { ...tls, timeout: timeoutMs },
    proxyTls: { minVersion, rejectUnauthorized: true, timeout: timeoutMs },
    // A proxy that takes a CONNECT and never answers would hold the connection for undici's five minutes.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: timeoutMs }),
    // Empty texts, not undefined: undici would look into process.env itself.
    httpProxy: proxyUrl(env, "HTTP_PROXY"),
    httpsProxy: proxyUrl(env, "HTTPS_PROXY"),
    noProxy: variable(env, "NO_PROXY"),
  });
}

/** Lower-case names win, as in curl. */
function variable(env: Environment, name: string): string {
  return (env[name.toLowerCase()] ?? env[name] ?? "").trim();
}

function proxyUrl(env: Environment, name: string): string {
  const text = variable(env, name);
  if (text === "") return "";
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url && /^https?:$/.test(url.protocol) && isDecodable(url.username + url.password)) return url.href;
  // The text is not shown: it may hold a password.
  throw new ConfigError(`The environment variable ${name} must be the http or https URL of a proxy.`, {
    remedy: `Set ${name} to something like http://proxy.example.com:8080, or leave it unset.`,
  });
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

interface TlsContents {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

function readTlsFiles({ caFile, certFile, keyFile }: TlsFiles, destination: Destination): TlsContents {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigError(`${destination.setting("tls")} must have cert_file and key_file together.`);
  }
  const read = (key: string, file: string) => readTlsFile(destination.setting(`tls.${key}`), file);
  const ca = caFile === undefined ? undefined : read("ca_file", caFile);
  const identity = certFile &&
    keyFile && { cert: read("cert_file", certFile), key: read("key_file", keyFile) };
  // OpenSSL passes over a ca that holds no certificate, and a wrong cert or key would show at the first request only.
  if (ca)
    check(
      `${destination.setting("tls.ca_file")} (${caFile})`,
      "a certificate",
      () => new X509Certificate(ca),
    );
  if (identity) {
    const place = `${destination.setting("tls")}.cert_file and key_file (${certFile}, ${keyFile})`;
    check(place, "a certificate and its private key", () => createSecureContext(identity));
  }
  return { ...(ca && { ca }), ...identity };
}

function readTlsFile(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(`${setting} names the file ${file}, which cannot be read.`, {
      cause: error,
      remedy: "Check the path, and that the process may read the file.",
    });
  }
}

function check(place: string, content: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw new ConfigError(`${place} must hold ${content} in PEM form.`, { cause: error });
  }
}
