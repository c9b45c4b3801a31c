import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ConfigError } from "@loghook/pipeline";
import type { TlsFiles } from "./tls-settings.ts";

/** What the files hold, as `tls.connect` takes it. */
export interface TlsContents {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * @param setting how the config names a setting: `tls.ca_file` → `exporters.webhook.tls.ca_file`
 * @throws {ConfigError} naming the setting whose file cannot be read or does not hold what it should
 */
export function readTlsFiles(
  { caFile, certFile, keyFile }: TlsFiles,
  setting: (key: string) => string,
): TlsContents {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigError(`${setting("tls")} must have cert_file and key_file together.`);
  }
  const read = (key: string, file: string) => readTlsFile(setting(`tls.${key}`), file);
  const ca = caFile === undefined ? undefined : read("ca_file", caFile);
  const identity = certFile &&
    keyFile && { cert: read("cert_file", certFile), key: read("key_file", keyFile) };
  // OpenSSL passes over a ca that holds no certificate, and a wrong cert or key would show at the first request only.
  if (ca) check(`${setting("tls.ca_file")} (${caFile})`, "a certificate", () => new X509Certificate(ca));
  if (identity) {
    const place = `${setting("tls")}.cert_file and key_file (${certFile}, ${keyFile})`;
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
