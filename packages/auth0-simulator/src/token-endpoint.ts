import type { IncomingMessage } from "node:http";
import type { AccessTokens } from "./access-tokens.ts";
import { type Answer, jsonAnswer, withHeaders } from "./answer.ts";
import { tokenError } from "./api-errors.ts";
import type { AssertionCheck } from "./client-assertion.ts";
import { readTokenRequest, type TokenRequest } from "./token-request.ts";

/** The clients of the tenant, and what they may have just now. */
export interface Grants {
  readonly clientId: string;
  clientSecret: string;
  /** Secrets by client_id. */
  readonly otherClients: ReadonlyMap<string, string>;
  scopes: readonly string[];
}

export interface TokenEndpointOptions {
  readonly domain: string;
  readonly grants: Grants;
  readonly tokenLifetimeSeconds: number;
  readonly tokens: AccessTokens;
  readonly checkAssertion: AssertionCheck;
  /** Told after each grant and each refusal. */
  onExchange(exchange: Exchange): void;
}

/** What the tenant's own log says about a grant. */
export interface Exchange {
  readonly granted: boolean;
  readonly description: string;
  readonly clientId: string | undefined;
  readonly audience: string | undefined;
  readonly scopes: readonly string[];
  readonly userAgent: string | undefined;
  readonly ip: string | undefined;
}

export type TokenEndpoint = (request: IncomingMessage) => Promise<Answer>;

/** POST /oauth/token for client credentials. */
export function tokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const { grants, tokens, tokenLifetimeSeconds } = options;
  return async (request) => {
    const asked = await readTokenRequest(request);
    if (asked === undefined) return tokenError(400, "invalid_request", "The body is not valid JSON");
    if (!asked.grant_type)
      return tokenError(400, "invalid_request", "Missing required parameter: grant_type");
    const refusal = await refusalOf(asked, options);
    const scopes = grants.scopes;
    options.onExchange({
      granted: refusal === undefined,
      description: refusal?.description ?? "Client Credentials for Access Token",
      clientId: asked.client_id,
      audience: asked.audience,
      scopes,
      userAgent: request.headers["user-agent"],
      ip: request.socket.remoteAddress,
    });
    if (refusal) return tokenError(refusal.status, refusal.error, refusal.description);
    const granted = {
      access_token: await tokens.issue(asked.client_id ?? grants.clientId, scopes),
      scope: scopes.join(" "),
      expires_in: tokenLifetimeSeconds,
      token_type: "Bearer",
    };
    return withHeaders(jsonAnswer(200, granted), { "cache-control": "no-store" });
  };
}

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

async function refusalOf(asked: TokenRequest, options: TokenEndpointOptions): Promise<Refusal | undefined> {
  const audience = `https://${options.domain}/api/v2/`;
  const refusal = await clientRefusal(asked, options);
  if (refusal) return refusal;
  if (asked.grant_type !== "client_credentials") {
    const description = `Grant type '${asked.grant_type}' not allowed for the client.`;
    return { status: 403, error: "unauthorized_client", description };
  }
  if (asked.audience === audience) return undefined;
  const description = asked.audience
    ? `Service not found: ${asked.audience}`
    : "Non-global clients are not allowed access to APIv1";
  return { status: 403, error: "access_denied", description };
}

async function clientRefusal(
  asked: TokenRequest,
  options: TokenEndpointOptions,
): Promise<Refusal | undefined> {
  const { grants, checkAssertion } = options;
  // Beside an assertion, which names the client itself, client_id is optional (RFC 7521 §4.2).
  if (asked.client_assertion !== undefined && [undefined, grants.clientId].includes(asked.client_id)) {
    const fault = await checkAssertion(asked.client_assertion, asked.client_assertion_type);
    return fault === undefined ? undefined : { status: 401, error: "invalid_client", description: fault };
  }
  const { client_id: id = "", client_secret: secret } = asked;
  const known = id === grants.clientId ? grants.clientSecret : grants.otherClients.get(id);
  return secret !== undefined && secret === known
    ? undefined
    : { status: 401, error: "access_denied", description: "Unauthorized" };
}
