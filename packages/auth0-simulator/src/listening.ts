import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, isIPv6 } from "node:net";
import { type Certificate, makeCertificate } from "./certificate.ts";

export interface Listening {
  readonly url: string;
  /** Host and port as they stand in the URL. */
  readonly address: string;
  readonly port: number;
  readonly caCertificate: string | undefined;
  /** Begins to answer. */
  serve(listener: RequestListener): void;
  /** Cuts all connections and frees the port. May be called twice. */
  stop(): Promise<void>;
}

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly https: boolean;
  /** For the certificate, beside the host. */
  readonly domain: string;
}

/** Rejects with the system's error when the port is taken or the host is not this machine's. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host, domain, https } = options;
  const certificate = https
    ? await makeCertificate([domain, "localhost", "127.0.0.1", "::1", host])
    : undefined;
  const server = createServer(certificate);
  server.listen(options.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    url: `${https ? "https" : "http"}://${address}`,
    address,
    port,
    caCertificate: certificate?.cert,
    serve: (listener) => server.on("request", listener),
    async stop() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function createServer(certificate: Certificate | undefined): Server {
  // Room for queries that are too long, so that they get their 414 and not Node's 431.
  const options = { maxHeaderSize: 65_536 };
  return certificate ? createHttpsServer({ ...options, ...certificate }) : createHttpServer(options);
}
