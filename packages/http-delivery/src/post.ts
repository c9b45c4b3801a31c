import { addAbortListener } from "node:events";
import type { Readable } from "node:stream";
import { untilAborted } from "@loghook/pipeline";
import { type Dispatcher, request } from "undici";

/** What the other side answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning of the body, up to the bound that was given. */
  readonly body: Buffer;
}

export interface PostOptions {
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From the connecting to the end of the answer. */
  readonly timeoutMs: number;
  /** No more than this is read of the answer's body. */
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

/**
 * POSTs and reads the answer. Rejects with undici's or Node's error when there is none, with a `TimeoutError` when it
 * takes too long, with the signal's reason when that aborts.
 */
export async function post(url: string, options: PostOptions): Promise<Answer> {
  // Not AbortSignal.timeout and .any: their timers and signals would outlive the request, all of them together.
  const controller = new AbortController();
  const { signal, timeoutMs } = options;
  using _listener = addAbortListener(signal, () => controller.abort(signal.reason));
  const timer = setTimeout(() => controller.abort(timeoutError()), timeoutMs);
  try {
    const answer = await exchange(url, { ...options, signal: controller.signal });
    signal.throwIfAborted();
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

function timeoutError(): DOMException {
  return new DOMException("The request took too long.", "TimeoutError");
}

async function exchange(url: string, options: Omit<PostOptions, "timeoutMs">): Promise<Answer> {
  const { dispatcher, headers, body, maxAnswerBytes, signal } = options;
  // undici heeds the signal only once it is connected.
  const answer = await untilAborted(
    request(url, { method: "POST", dispatcher, headers, body, signal }),
    signal,
  );
  const { start, fault } = await readStart(answer.body, maxAnswerBytes);
  // A success must be whole to count: a program that dies while it answers may not have kept the records, and a second
  // delivery does no harm. Any other status says enough by itself, and its sender often closes before all is sent.
  if (fault !== undefined && answer.statusCode < 300) throw fault;
  return { status: answer.statusCode, headers: answer.headers, body: start };
}

/** Leaving the loop early destroys the connection; coming to the end frees it for the next request. */
async function readStart(body: Readable, maxBytes: number): Promise<{ start: Buffer; fault: unknown }> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let fault: unknown;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes >= maxBytes) break;
    }
  } catch (error) {
    fault = error;
  }
  return { start: Buffer.concat(chunks).subarray(0, maxBytes), fault };
}
