import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A real HTTP server on 127.0.0.1 and a free port. Disposing it cuts the connections that are still open. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** @param port 0 (default): a free one. Another: to come back where a server was before. */
export async function startServer(listener: RequestListener, port = 0): Promise<TestServer> {
  const server = createServer(listener);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A request as a webhook saw it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** When it was complete. Milliseconds since 1970. */
  readonly at: number;
}

/** Writes the answer to a request that has been read to its end. */
export type WebhookAnswer = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

/** A webhook that remembers every request and answers as told. */
export interface TestWebhook extends TestServer {
  readonly requests: readonly ReceivedRequest[];
  /** The answer from now on. */
  answer: WebhookAnswer;
  /** Resolves when `count` requests in all have come in. */
  received(count: number): Promise<void>;
}

/** Answers with a status, headers and a body, at once. */
export function status(code: number, headers: Record<string, string> = {}, body = ""): WebhookAnswer {
  return (_request, response) => {
    response.writeHead(code, headers).end(body);
  };
}

/**
 * @param options.port where to listen; default 0: a free port
 * @param options.answer default: 200 with an empty body
 */
export async function startWebhook(
  options: { port?: number; answer?: WebhookAnswer } = {},
): Promise<TestWebhook> {
  const requests: ReceivedRequest[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = await startServer(async (request, response) => {
    const received: ReceivedRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: await buffer(request),
      at: Date.now(),
    };
    requests.push(received);
    arrived.resolve();
    arrived = Promise.withResolvers();
    await webhook.answer(received, response);
  }, options.port);
  const webhook: TestWebhook = {
    ...server,
    requests,
    answer: options.answer ?? status(200),
    async received(count) {
      while (requests.length < count) await arrived.promise;
    },
  };
  return webhook;
}
