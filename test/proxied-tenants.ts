import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Tenant } from "@loghook/auth0-simulator";

/** What a process needs in its environment to find tenants on this machine under domains of auth0.com. */
export interface ProxiedTenants extends AsyncDisposable {
  readonly env: Record<string, string>;
}

/**
 * Leads every HTTPS connection to the tenant of that domain, so that configs run as they are.
 *
 * @param folder for the file with the tenants' certificates
 * @param tenants started with `https: true`, each with a domain of its own
 */
export async function proxyTo(folder: string, tenants: readonly Tenant[]): Promise<ProxiedTenants> {
  const ports = new Map(tenants.map(({ domain, port }) => [domain, port]));
  const server = createServer();
  server.on("connect", ({ url }, socket: Socket, head: Buffer) => {
    const port = ports.get(String(url).split(":")[0] ?? "");
    if (port === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const certificates = join(folder, "tenants.pem");
  await writeFile(certificates, tenants.map(({ caCertificate }) => caCertificate).join("\n"));
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      NO_PROXY: "127.0.0.1",
      NODE_EXTRA_CA_CERTS: certificates,
    },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
