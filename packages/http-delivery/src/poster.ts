import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { createDispatcher, type Environment, type TlsFiles } from "@loghook/http-dispatcher";
import { RetryableError } from "@loghook/pipeline";
import { classifyFault } from "./classify-fault.ts";
import type { Destination } from "./destination.ts";
import { type Answer, post, targetOf } from "./post.ts";

/** How bodies travel. `gzip`: with `Content-Encoding: gzip`. */
export type Compression = "none" | "gzip";

export interface PosterOptions {
  /** Where to POST to: absolute, http or https. Redirects are not followed. */
  readonly url: string;
  /** For messages, and how long a request may take. */
  readonly destination: Destination;
  readonly tls: TlsFiles;
  /** Where to find HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly env: Environment;
  /** The most connections. */
  readonly connections: number;
  readonly compression: Compression;
  /** No more than this is read of an answer's body. */
  readonly maxAnswerBytes: number;
  /** True: it connects to public addresses only. Default: false. */
  readonly denyPrivateNetworks?: boolean | undefined;
}

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Before compression. */
  readonly body: Uint8Array;
  /** Breaks off what is under way. */
  readonly signal: AbortSignal;
}

/** Makes single requests to one address. */
export interface Poster extends AsyncDisposable {
  /**
   * Resolves with whatever the other side answers, also when it is a refusal. Rejects with the signal's reason when it
   * aborts. When no answer comes rejects with a `RetryableError`, or with a `DestinationRefusedError` when a certificate,
   * a proxy or `denyPrivateNetworks` stands in the way.
   */
  post(request: PostRequest): Promise<Answer>;
}

const compress = promisify(gzip);

/**
 * Disposing it lets the requests in flight come to their end and refuses further ones.
 *
 * @throws {ConfigError} when a TLS file or a proxy variable cannot be used, or when a proxy is in the way of
 * `denyPrivateNetworks`
 */
export function createPoster(options: PosterOptions): Poster {
  const { url, destination, tls, env, connections, compression, maxAnswerBytes } = options;
  const { timeoutMs, setting } = destination;
  const publicOnly = options.denyPrivateNetworks ? { url } : undefined;
  const target = targetOf(url);
  const { origin } = target;
  const dispatcher = createDispatcher({ tls, env, origin, connections, timeoutMs, setting, publicOnly });
  const isCompressed = compression === "gzip";
  let inFlight = 0;
  let ended: PromiseWithResolvers<void> | undefined;
  let closed: Promise<void> | undefined;

  async function postOnce({ headers, body, signal }: PostRequest): Promise<Answer> {
    if (closed)
      throw new RetryableError(`${destination.request} was not sent, because the exporter is closed.`);
    signal.throwIfAborted();
    inFlight += 1;
    try {
      return await post(target, {
        dispatcher,
        headers: isCompressed ? { ...headers, "content-encoding": "gzip" } : headers,
        body: isCompressed ? await compress(body) : body,
        timeoutMs,
        maxAnswerBytes,
        signal,
      });
    } catch (fault) {
      signal.throwIfAborted();
      throw classifyFault(fault, destination);
    } finally {
      inFlight -= 1;
      if (inFlight === 0) ended?.resolve();
    }
  }

  async function close(): Promise<void> {
    ended = Promise.withResolvers();
    if (inFlight > 0) await ended.promise;
    await dispatcher.destroy();
  }

  return {
    post: postOnce,
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
