import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { WebhookFault } from "./planned-faults.ts";

const lateMs = 60;
const dripMs = 50;
const mostDrips = 100;

/** Answers a request wrongly, or not at all. Never with a whole 2xx, but for a late one. */
export async function misbehave(fault: WebhookFault, response: ServerResponse): Promise<void> {
  const { kind, status, retryAfter } = fault;
  const { socket } = response;
  switch (kind) {
    case "hang":
      return;
    case "reset":
      socket?.resetAndDestroy();
      return;
    case "garbage":
      socket?.end("HTTP/1.1 2OO OK\r\nnonsense\r\n\r\n");
      return;
    case "half answer":
      response.writeHead(200, { "content-length": 1000 }).write('{"ok":');
      // What was written has to arrive before the end does.
      response.socket?.end();
      return;
    case "drip":
      return drip(response);
    case "late answer":
      await delay(lateMs);
      response.writeHead(200).end("taken");
      return;
    case "redirect":
      response.writeHead(status, { location: "/somewhere-else" }).end();
      return;
    default:
      response
        .writeHead(status, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) })
        .end("not now");
  }
}

/** A byte at a time, and never the last one. */
async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-length": mostDrips + 1 });
  for (let sent = 0; sent < mostDrips && !response.destroyed; sent++) {
    response.write(".");
    await delay(dripMs);
  }
  response.destroy();
}
