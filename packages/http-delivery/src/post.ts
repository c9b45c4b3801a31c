import { whenAborted } from "@loghook/pipeline";
import type { Dispatcher } from "undici";

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

/** Where to, as undici takes it. */
export interface Target {
  readonly origin: string;
  readonly path: string;
}

export function targetOf(url: string): Target {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

/**
 * POSTs and reads the answer. Rejects with undici's or Node's error when there is none, with a `TimeoutError` when it
 * takes too long, with the signal's reason when that aborts.
 */
export function post(target: Target, options: PostOptions): Promise<Answer> {
  const { dispatcher, headers, body } = options;
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(options, { resolve, reject });
    if (!exchange.isOver) dispatcher.dispatch({ ...target, method: "POST", headers, body }, exchange);
  });
}

type Outcome = Pick<PromiseWithResolvers<Answer>, "resolve" | "reject">;

/**
 * One request and its answer, as undici tells of them. A class, and no streams and signals of its own for each request:
 * most webhooks want one for each entry.
 */
class Exchange implements Dispatcher.DispatchHandler {
  isOver = false;
  readonly #options: PostOptions;
  readonly #outcome: Outcome;
  readonly #timer: NodeJS.Timeout;
  #forget: (() => void) | undefined;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #brokenOffBy: unknown;
  #status = 0;
  #headers: Answer["headers"] = {};
  #sizeBytes = 0;

  constructor(options: PostOptions, outcome: Outcome) {
    this.#options = options;
    this.#outcome = outcome;
    this.#timer = setTimeout(tooSlow, options.timeoutMs, this);
    this.#forget = whenAborted(options.signal, (reason) => this.breakOff(reason));
  }

  /** At once, although undici lets itself be broken off only when it is connected. */
  breakOff(reason: unknown): void {
    if (!this.#end()) return;
    this.#brokenOffBy = reason;
    this.#outcome.reject(reason);
    this.#controller?.abort(reason as Error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.isOver) controller.abort(this.#brokenOffBy as Error);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Answer["headers"]): void {
    // What is below only announces the answer.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes < this.#options.maxAnswerBytes) return;
    this.onResponseEnd();
    controller.abort(new Error("Enough of the answer is read."));
  }

  onResponseEnd(): void {
    if (!this.#end()) return;
    const body = Buffer.concat(this.#chunks).subarray(0, this.#options.maxAnswerBytes);
    this.#outcome.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    // A success must be whole to count: a program that dies while it answers may not have kept the records, and a second
    // delivery does no harm. Any other status says enough by itself, and its sender often closes before all is sent.
    if (this.#status >= 300) this.onResponseEnd();
    else if (this.#end()) this.#outcome.reject(error);
  }

  /** False: it has ended before. */
  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.#forget?.();
    return true;
  }
}

function tooSlow(exchange: Exchange): void {
  exchange.breakOff(new DOMException("The request took too long.", "TimeoutError"));
}
