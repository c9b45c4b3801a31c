import { DestinationRefusedError, LoghookError, RetryableError } from "@loghook/pipeline";
import type { Destination } from "./destination.ts";

/** What stands between us and an answer, where more can be said about it than its name. */
interface Obstacle {
  readonly code: RegExp;
  /** True: only a person can remove it. False: it may pass by itself. */
  readonly stays: boolean;
  remedy(destination: Destination): string;
}

const obstacles: readonly Obstacle[] = [
  {
    code: /^ENOTFOUND$/,
    stays: false,
    remedy: ({ address }) => `There is no such host just now: check ${address}.`,
  },
  {
    code: /^ECONNREFUSED$/,
    stays: false,
    remedy: ({ address, noun }) =>
      `Nothing listens there just now: check ${address} and that the ${noun} runs.`,
  },
  {
    code: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/,
    stays: false,
    remedy: ({ address }) => `The other side does not seem to speak TLS: check ${address}.`,
  },
  {
    code: /^UND_ERR_HEADERS_OVERFLOW$/,
    stays: false,
    remedy: ({ address }) => `The headers of its answer are larger than 16 KB: check ${address}.`,
  },
  {
    code: /^UND_ERR_PRX_TLS$/,
    stays: true,
    remedy: () => "The certificate of the proxy is for another host: check HTTP_PROXY and HTTPS_PROXY.",
  },
  {
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    stays: true,
    remedy: ({ address, noun }) => `The certificate of the ${noun} is for another host: check ${address}.`,
  },
  {
    code: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    stays: true,
    remedy: ({ noun }) =>
      `The certificate of the ${noun} is not valid today: renew it, and check this machine's clock.`,
  },
  {
    // https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes
    code: /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_|PATH_LENGTH_|INVALID_(CA|PURPOSE)$)/,
    stays: true,
    remedy: ({ setting, noun }) =>
      `The certificate of the ${noun} is not trusted: name its authority with ${setting("tls.ca_file")}.`,
  },
  {
    code: /^ERR_SSL_.*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)/,
    stays: true,
    remedy: ({ noun }) => `The ${noun} must speak TLS 1.2 or 1.3.`,
  },
  {
    // A server that misses a client certificate may end the handshake without saying why.
    code: /^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/,
    stays: true,
    remedy: ({ setting, noun }) =>
      `The ${noun} ended the handshake: if it wants a client certificate, check ${setting("tls.cert_file")} and key_file.`,
  },
];

/**
 * What it means that no answer came. Nearly always: try again. Where a certificate or a proxy stands in the way, only a
 * person can help.
 *
 * The fault itself does not go into the error. It may hold a piece of the answer, and with it a secret.
 */
export function classifyFault(fault: unknown, destination: Destination): LoghookError {
  if (fault instanceof LoghookError) return fault;
  const { code, text } = describeFault(fault);
  const reason = destination.quote(text);
  const cause = Object.assign(new Error(reason), { code });
  const isTimeout = fault instanceof DOMException && fault.name === "TimeoutError";
  const message = isTimeout
    ? `${destination.request} got no complete answer within ${destination.timeoutMs / 1000} seconds.`
    : `${destination.request} got no complete answer: ${reason}.`;
  const obstacle = proxyRefusal(text) ?? obstacles.find((candidate) => candidate.code.test(code ?? ""));
  const options = { cause, remedy: obstacle?.remedy(destination) };
  return obstacle?.stays
    ? new DestinationRefusedError(message, options)
    : new RetryableError(message, options);
}

function describeFault(fault: unknown): { code: string | undefined; text: string } {
  const { code, message, reason } = fault as { code?: unknown; message?: unknown; reason?: unknown };
  const known = typeof code === "string" ? code : undefined;
  // OpenSSL has a plain sentence as the reason. Where all addresses of a host failed, node:net gives no message.
  return { code: known, text: String(reason || message || known || fault) };
}

/** What a proxy answered, undici tells in a message only. */
function proxyRefusal(text: string): Omit<Obstacle, "code"> | undefined {
  const [, status] = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(text) ?? [];
  if (status === undefined || mayPass(Number(status))) return undefined;
  return {
    stays: true,
    remedy: () =>
      `The proxy answered ${status}: check HTTP_PROXY, HTTPS_PROXY and what the proxy lets through.`,
  };
}

/** A proxy that cannot reach anybody, is busy or is broken just now. */
function mayPass(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}
