import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";

/** The path of a key or certificate of testdata/tls, as in `ca.pem`. The README there says what each is good for. */
export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../testdata/tls/${name}`, import.meta.url));
}

/** The certificate and key that a server shows: `server`, `other-host`, `expired` or `stranger`. */
export function tlsIdentity(name: string): ServerOptions {
  return { cert: readFileSync(tlsFile(`${name}.pem`)), key: readFileSync(tlsFile(`${name}.key`)) };
}

/** For `startTlsServer`: lets nobody in without a certificate of our authority. */
export const wantsClientCertificate: ServerOptions = {
  ...tlsIdentity("server"),
  ca: readFileSync(tlsFile("ca.pem")),
  requestCert: true,
  rejectUnauthorized: true,
  // The handshake of 1.2 ends with the server's verdict; in 1.3 the verdict may come after the connection is broken.
  maxVersion: "TLSv1.2",
};

/** For `startTlsServer`: speaks nothing newer than TLS 1.1. */
export const speaksOldTls: ServerOptions = {
  ...tlsIdentity("server"),
  minVersion: "TLSv1.1",
  maxVersion: "TLSv1.1",
  ciphers: "DEFAULT@SECLEVEL=0",
};

/** A real HTTPS server on 127.0.0.1 and a free port. Disposing it cuts the connections that are still open. */
export interface TestTlsServer extends AsyncDisposable {
  /** Its address and port, as in `127.0.0.1:8443`. */
  readonly host: string;
  readonly url: string;
  /** For every request the common name of the client's certificate; undefined where none was shown. */
  readonly visitors: readonly unknown[];
}

/**
 * Starts an HTTPS server that answers everything with 200 and an empty body.
 *
 * @param options default: the certificate of `server`, which `tlsFile("ca.pem")` vouches for
 */
export async function startTlsServer(options: ServerOptions = tlsIdentity("server")): Promise<TestTlsServer> {
  const visitors: unknown[] = [];
  const server = createServer(options, (request, response) => {
    visitors.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
    request.resume().on("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `https://${host}`,
    visitors,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
