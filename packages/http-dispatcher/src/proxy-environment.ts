import { ConfigError } from "@loghook/pipeline";

/** Environment variables by name. `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** As undici's `EnvHttpProxyAgent` takes it. Empty texts, not undefined: it would look into process.env itself. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** @throws {ConfigError} naming the variable that holds no proxy. The text is not shown: it may hold a password. */
export function proxiesFrom(env: Environment): Proxies {
  return {
    httpProxy: proxyUrl(env, "HTTP_PROXY"),
    httpsProxy: proxyUrl(env, "HTTPS_PROXY"),
    noProxy: variable(env, "NO_PROXY"),
  };
}

/** Lower-case names win, as in curl. */
function variable(env: Environment, name: string): string {
  return (env[name.toLowerCase()] ?? env[name] ?? "").trim();
}

/** `http://` may be left out, as in curl. */
function proxyUrl(env: Environment, name: string): string {
  const text = variable(env, name);
  if (text === "") return "";
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url && /^https?:$/.test(url.protocol) && isDecodable(url.username + url.password)) return url.href;
  throw new ConfigError(`The environment variable ${name} must be the http or https URL of a proxy.`, {
    remedy: `Set ${name} to something like http://proxy.example.com:8080, or leave it unset.`,
  });
}

/**
 * The variable whose proxy a request would go through; undefined: it goes past all of them. `NO_PROXY` names hosts, with
 * or without a port, and domains, or is `*`.
 */
export function proxyFor(url: URL, { httpProxy, httpsProxy, noProxy }: Proxies): string | undefined {
  const usesHttps = url.protocol === "https:" && httpsProxy !== "";
  if (!usesHttps && httpProxy === "") return undefined;
  const host = url.hostname.replace(/\.$/, "");
  const port = url.port || { "http:": "80", "https:": "443" }[url.protocol];
  const isNamed = noProxy.split(/[,\s]+/).some((entry) => {
    const [, name = "", , onPort] = /^(.*?)(:(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (onPort !== undefined && onPort !== port) return false;
    return name === "*" || name === host || (name !== "" && host.endsWith(`.${name.replace(/^\*?\./, "")}`));
  });
  if (isNamed) return undefined;
  return usesHttps ? "HTTPS_PROXY" : "HTTP_PROXY";
}

/** What of the proxies' addresses must not be shown, as they are sent and as they are written. */
export function proxySecrets(env: Environment): string[] {
  const { httpProxy, httpsProxy } = proxiesFrom(env);
  return [httpProxy, httpsProxy].filter(Boolean).flatMap((text) => {
    const [username, password] = [new URL(text).username, new URL(text).password].map(decodeURIComponent);
    return password ? [password, `${username}:${password}`] : [];
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
