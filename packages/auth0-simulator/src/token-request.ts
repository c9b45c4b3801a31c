import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

/** What a request for a token says; client and secret from the body or from the Authorization header. */
export type TokenRequest = Readonly<Record<string, string | undefined>>;

/** Reads a body of either form (https://auth0.com/docs/api/authentication). Undefined: it cannot be read. */
export async function readTokenRequest(request: IncomingMessage): Promise<TokenRequest | undefined> {
  const body = parseBody(request.headers["content-type"] ?? "", await text(request));
  return body && { ...basicCredentials(request.headers.authorization), ...body };
}

function parseBody(contentType: string, body: string): TokenRequest | undefined {
  if (!contentType.startsWith("application/json")) return Object.fromEntries(new URLSearchParams(body));
  try {
    const value: unknown = JSON.parse(body);
    const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(fields.filter(([, field]) => typeof field === "string"));
  } catch {
    return undefined;
  }
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basicCredentials(authorization: string | undefined): TokenRequest {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? "")?.[1];
  const [id, secret] = Buffer.from(encoded ?? "", "base64")
    .toString()
    .split(":");
  if (id === undefined || secret === undefined) return {};
  const decode = (part: string): string => new URLSearchParams(`part=${part}`).get("part") ?? "";
  return { client_id: decode(id), client_secret: decode(secret) };
}
