import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { finished } from "node:stream/promises";
import type { Clock } from "@loghook/pipeline";
import { checkSignature } from "./check-signature.ts";
import { listenError } from "./listen-error.ts";
import { readEntries } from "./received-entries.ts";
import { answersInTurn, answerText, type SinkAnswer } from "./sink-answers.ts";
import type { SinkRequest } from "./sink-ledger.ts";

export interface SinkOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly answers: readonly SinkAnswer[];
  /** For signatures. Empty: they are not checked. */
  readonly keys: readonly Buffer[];
  readonly clock: Clock;
  /** Called for each request when it has come in whole, before it is answered. */
  onRequest(request: SinkRequest): void;
  /** Called when it is answered, or when the answer is to give none. */
  onAnswered(): void;
}

/** A webhook that runs. Disposing it cuts the connections that are open. */
export interface Sink extends AsyncDisposable {
  readonly url: string;
}

/** Enough for a thousand large entries, little enough for the memory. */
const maxBodyBytes = 64 * 1024 * 1024;

/** @throws {ConfigError} when the address is taken, or is none of this machine */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const nextAnswer = answersInTurn(options.answers);
  const server = createServer(async (request, response) => {
    try {
      await handle({ request, response }, { ...options, nextAnswer });
    } catch {
      // The sender has gone away before the request was whole. It will come again.
      response.destroy();
    }
  });
  await listen(server, options);
  return {
    url: urlOf(server.address() as AddressInfo),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, options: SinkOptions): Promise<void> {
  server.listen(options.port, options.host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, options);
  }
}

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}/`;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(
  { request, response }: Exchange,
  options: SinkOptions & { nextAnswer(): SinkAnswer },
): Promise<void> {
  const body = await readBody(request);
  const answer: SinkAnswer = body ? options.nextAnswer() : { kind: "status", status: 413 };
  options.onRequest({
    at: options.clock.now(),
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    webhookId: [request.headers["webhook-id"]].flat()[0],
    answer: answerText(answer),
    ...(await contentsOf(body, request.headers, options)),
  });
  await giveAnswer(response, answer);
  options.onAnswered();
}

/** @returns undefined for a body that is too large */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= maxBodyBytes) chunks.push(chunk);
  }
  return sizeBytes > maxBodyBytes ? undefined : Buffer.concat(chunks);
}

type Contents = Pick<SinkRequest, "body" | "format" | "entries" | "problem" | "signature">;

async function contentsOf(
  body: Buffer | undefined,
  headers: IncomingHttpHeaders,
  { keys, clock }: SinkOptions,
): Promise<Contents> {
  if (!body) {
    const problem = "The body is larger than the 64 MB that the sink takes.";
    return { body: Buffer.alloc(0), format: undefined, entries: [], problem, signature: undefined };
  }
  const { unpacked, ...contents } = await readEntries(body, headers, maxBodyBytes);
  const signature =
    keys.length > 0 ? checkSignature(headers, [unpacked, body], { keys, now: clock.now() }) : undefined;
  return { ...contents, body: unpacked, signature };
}

/** Resolves when the answer is with the system, or when it is clear that there will be none. */
async function giveAnswer(response: ServerResponse, answer: SinkAnswer): Promise<void> {
  if (answer.kind === "hang") return;
  if (answer.kind === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, retryAfterSeconds } = answer;
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
  response.writeHead(status).end();
  await finished(response).catch(() => {}); // the sender did not wait for it
}
