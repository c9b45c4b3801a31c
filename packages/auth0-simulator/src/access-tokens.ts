import { randomBytes, randomUUID } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Answer } from "./answer.ts";
import { apiError, badAuthorizationHeader, insufficientScope, unauthorized } from "./api-errors.ts";

export interface AccessTokens {
  issue(clientId: string, scopes: readonly string[]): Promise<string>;
  /** Undefined: the request may read the log. Else: how it is refused. */
  refusal(authorization: string | undefined): Promise<Answer | undefined>;
  /** Ends the life of all that were issued. */
  expireAll(): void;
}

export interface AccessTokenOptions {
  readonly domain: string;
  readonly lifetimeSeconds: number;
  readonly now: () => number;
}

const expiredText = "Expired token received for JSON Web Token validation";
const sufficientScopes = new Set(["read:logs", "read:logs_users"]);

/** Tokens are true JWTs, signed with a secret of this tenant alone. Auth0 uses RS256; nobody else can verify either. */
export function accessTokens({ domain, lifetimeSeconds, now }: AccessTokenOptions): AccessTokens {
  const key = randomBytes(32);
  const audience = `https://${domain}/api/v2/`;
  const alive = new Set<string>();

  async function verified(token: string): Promise<JWTPayload | Answer> {
    try {
      const options = { audience, issuer: `https://${domain}/`, currentDate: new Date(now()) };
      const { payload } = await jwtVerify(token, key, options);
      return alive.has(payload.jti ?? "") ? payload : unauthorized(expiredText);
    } catch (error) {
      return unauthorized(refusalText(error));
    }
  }

  return {
    async issue(clientId, scopes) {
      const jti = randomUUID();
      alive.add(jti);
      const issuedAt = Math.floor(now() / 1000);
      return await new SignJWT({ azp: clientId, scope: scopes.join(" "), gty: "client-credentials", jti })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer(`https://${domain}/`)
        .setSubject(`${clientId}@clients`)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(key);
    },
    async refusal(authorization) {
      if (authorization === undefined) return apiError(401, "Missing authentication");
      const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
      if (token === undefined || !isJwt(token)) return badAuthorizationHeader();
      const payload = await verified(token);
      if ("status" in payload) return payload as Answer;
      const scopes = String(payload.scope).split(" ");
      return scopes.some((scope) => sufficientScopes.has(scope)) ? undefined : insufficientScope();
    },
    expireAll: () => alive.clear(),
  };
}

/** Whose token it is, by its own account. Undefined: there is none that could say it. */
export function clientIdOf(authorization: string | undefined): string | undefined {
  try {
    const { azp } = decodeJwt(authorization?.replace(/^Bearer /i, "") ?? "");
    return typeof azp === "string" ? azp : undefined;
  } catch {
    return undefined;
  }
}

function isJwt(token: string): boolean {
  try {
    return token.split(".").length === 3 && decodeProtectedHeader(token).alg !== undefined;
  } catch {
    return false;
  }
}

function refusalText(error: unknown): string {
  if (error instanceof errors.JWTExpired) return expiredText;
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "Invalid signature received for JSON Web Token validation";
  }
  return "Invalid token";
}
