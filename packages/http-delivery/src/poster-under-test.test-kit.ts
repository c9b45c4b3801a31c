import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { LoghookError } from "@loghook/pipeline";
import { describeDestination } from "./destination.ts";
import type { Answer } from "./post.ts";
import { createPoster, type Poster, type PostRequest } from "./poster.ts";

const { signal } = new AbortController();
export const request: PostRequest = { headers: {}, body: Buffer.from("[]"), signal };

/** A server below HTTP: gets the connection when the first piece of a request has come in. */
export async function startSocketServer(
  onRequest: (socket: Socket) => void,
  event: "data" | "connection" = "data",
): Promise<{ readonly url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    if (event === "connection") onRequest(socket);
    else socket.once("data", () => onRequest(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export function destinationAt(url: string, timeoutMs = 20_000, secrets: string[] = []) {
  return describeDestination({ url, addressKey: "url", id: "webhook", noun: "webhook", timeoutMs, secrets });
}

export function posterTo(url: string, timeoutMs?: number): Poster {
  const destination = destinationAt(url, timeoutMs);
  return createPoster({
    url,
    destination,
    tls: {},
    env: {},
    connections: 1,
    compression: "none",
    maxAnswerBytes: 4096,
  });
}

export async function outcomeOf(url: string, timeoutMs?: number): Promise<Answer | LoghookError> {
  await using poster = posterTo(url, timeoutMs);
  return await poster.post(request).catch((error) => error);
}
