import { once } from "node:events";
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A request as a proxy saw it. */
export interface ProxyVisit {
  /** Its first words: `POST http://…` or `CONNECT host:port`. */
  readonly line: string;
  /** Its `Proxy-Authorization` header. */
  readonly authorization: string | undefined;
}

/** A real forward proxy on 127.0.0.1 and a free port. Disposing it cuts the connections that are still open. */
export interface TestProxy extends AsyncDisposable {
  /** Its address and port, as in `127.0.0.1:3128`. */
  readonly host: string;
  readonly url: string;
  /** Every request so far, refused ones too. */
  readonly visits: readonly ProxyVisit[];
}

/**
 * Starts a forward proxy (RFC 9110 §3.7): plain requests are passed on, a CONNECT opens a tunnel.
 *
 * @param refusal the status to answer everything with instead; 0: a CONNECT is never answered. Default: none
 */
export async function startProxy(refusal?: number): Promise<TestProxy> {
  const visits: ProxyVisit[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response: ServerResponse) => {
    visits.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers["proxy-authorization"],
    });
    if (refusal) return void response.writeHead(refusal).end("not through me");
    const { "proxy-authorization": _ours, ...headers } = request.headers;
    const onward = httpRequest(request.url ?? "", { method: request.method ?? "GET", headers }, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode ?? 502));
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket: Socket) => {
    visits.push({ line: `CONNECT ${request.url}`, authorization: request.headers["proxy-authorization"] });
    if (refusal === 0) return;
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    sockets.add(onward.on("error", () => {}));
    socket.on("error", () => {}).pipe(onward);
    onward.pipe(socket);
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    visits,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
