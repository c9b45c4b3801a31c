import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** A POST as undici sends it, and the status line of the answer. */
export interface ObservedRequest {
  /** Name and value, in the order sent. The host and the length, which the connection adds, are not among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty: it was not sent, since there was no connection. */
  readonly body: Buffer;
  readonly answer: { readonly status: number; readonly text: string } | undefined;
}

/** The parts of undici's messages that are used here. */
interface Message {
  readonly request: { readonly method?: string; readonly headers: readonly string[] };
  readonly chunk: Uint8Array | string;
  readonly response: { readonly statusCode: number; readonly statusText: string };
}

type Listener = (message: unknown) => void;

/**
 * Looks on while `send` makes its request: undici tells on its diagnostics channels
 * (https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md), so the one who sends need not know.
 * For a process that makes one POST at a time.
 *
 * @returns undefined when there was no request
 */
export async function observeRequest(send: () => Promise<void>): Promise<ObservedRequest | undefined> {
  let request: Message["request"] | undefined;
  let answer: ObservedRequest["answer"];
  const chunks: Buffer[] = [];
  const listeners: Record<string, Listener> = {
    "undici:request:create": (message) => {
      const { request: created } = message as Message;
      if (created.method === "POST") request = created; // not the CONNECT to a proxy
    },
    "undici:request:bodyChunkSent": (message) => {
      const { request: sent, chunk } = message as Message;
      if (sent === request) chunks.push(Buffer.from(chunk));
    },
    "undici:request:headers": (message) => {
      const { request: answered, response } = message as Message;
      if (answered === request) answer = { status: response.statusCode, text: response.statusText };
    },
  };
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  try {
    await send();
  } finally {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  }
  return request && { headers: pairs(request.headers), body: Buffer.concat(chunks), answer };
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""] as [string, string]] : []));
}
