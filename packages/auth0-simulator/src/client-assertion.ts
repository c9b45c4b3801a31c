import type { KeyObject } from "node:crypto";
import { errors, type JWTPayload, jwtVerify } from "jose";

const clientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface AssertionRules {
  readonly publicKey: KeyObject | undefined;
  readonly clientId: string;
  readonly domain: string;
  readonly now: () => number;
}

/** Checks the client's signed statement that it is who it is. Resolves with what is wrong with it, if anything. */
export type AssertionCheck = (assertion: string, type: string | undefined) => Promise<string | undefined>;

const maxAssertionBytes = 2048;
const maxLifetimeSeconds = 300;
const clockSkewSeconds = 10;

/**
 * The rules of https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt:
 * at most 2,048 bytes, RS256, RS384 or PS256, at most five minutes to live, and each `jti` only once.
 */
export function assertionCheck(rules: AssertionRules): AssertionCheck {
  const usedIds = new Set<string>();
  return async (assertion, type) => {
    if (type !== clientAssertionType) return `client_assertion_type must be ${clientAssertionType}`;
    if (Buffer.byteLength(assertion) > maxAssertionBytes) return "client_assertion is too long";
    if (rules.publicKey === undefined) return "The client has no credentials for private_key_jwt";
    try {
      const payload = await verified(assertion, rules.publicKey, rules);
      return timeFault(payload, rules.now() / 1000) ?? idFault(payload, usedIds);
    } catch (error) {
      if (error instanceof errors.JOSEError) return `client_assertion is not valid: ${error.message}`;
      throw error;
    }
  };
}

async function verified(assertion: string, key: KeyObject, { clientId, domain, now }: AssertionRules) {
  const { payload } = await jwtVerify(assertion, key, {
    algorithms: ["RS256", "RS384", "PS256"],
    issuer: clientId,
    subject: clientId,
    audience: `https://${domain}/`,
    requiredClaims: ["exp", "jti"],
    clockTolerance: clockSkewSeconds,
    currentDate: new Date(now()),
  });
  return payload;
}

function timeFault({ exp = 0, iat }: JWTPayload, nowSeconds: number): string | undefined {
  if (iat !== undefined && iat > nowSeconds + clockSkewSeconds) return "client_assertion is from the future";
  const tooLong = exp - (iat ?? nowSeconds) > maxLifetimeSeconds;
  return tooLong ? "client_assertion lives longer than five minutes" : undefined;
}

function idFault({ jti = "" }: JWTPayload, usedIds: Set<string>): string | undefined {
  if (usedIds.has(jti)) return "client_assertion was used before";
  usedIds.add(jti);
  return undefined;
}
