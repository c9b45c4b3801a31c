import type { ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { Answer } from "./answer.ts";

export function respond(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}

/** Promises the whole body and sends half of it. */
export function respondWithHalf(
  response: ServerResponse,
  { status, headers, body }: Answer,
  then: () => void = () => {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), then);
}

export function cutConnection(response: ServerResponse): void {
  const { socket } = response;
  // A TLS socket knows no reset.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}
