import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "@loghook/pipeline";
import { type Dispatcher, EnvHttpProxyAgent } from "undici";

/**
 * The connections to the tenant, through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name.
 *
 * @throws ConfigError when the file of authorities or the proxy cannot be used
 */
export function createDispatcher(caFile: string | undefined): Dispatcher {
  // rejectUnauthorized: on, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const tls = { rejectUnauthorized: true, ...(caFile !== undefined && { ca: readAuthorities(caFile) }) };
  try {
    return new EnvHttpProxyAgent({
      // HTTP/2 brings nothing to requests that go one by one.
      allowH2: false,
      // The client has its own deadline for the whole request.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: tls,
      requestTls: tls,
      httpProxy: proxyFrom("HTTP_PROXY"),
      httpsProxy: proxyFrom("HTTPS_PROXY"),
    });
  } catch {
    // The cause is not told: it would show the address, which may hold a password.
    throw new ConfigError("The environment names a proxy that cannot be used.", {
      remedy:
        "Set HTTPS_PROXY and HTTP_PROXY to something like http://proxy.example.com:8080, or leave them unset.",
    });
  }
}

/** Lower-case names win and `http://` may be left out, as in curl. Empty: no proxy. */
function proxyFrom(name: string): string {
  const text = (process.env[name.toLowerCase()] ?? process.env[name] ?? "").trim();
  return text === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

function readAuthorities(file: string): string {
  try {
    const pem = readFileSync(file, "utf8");
    // Throws unless it begins with a certificate. TLS itself would ignore a file without one.
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new ConfigError(
      `The file ${file} of the setting tls.ca_file holds no certificate that can be read.`,
      {
        cause,
        remedy: "Name a PEM file that begins with -----BEGIN CERTIFICATE-----.",
      },
    );
  }
}
