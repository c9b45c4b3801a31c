import { createPrivateKey, randomUUID } from "node:crypto";
import { RetryableError } from "@loghook/pipeline";
import type { Auth0Config } from "./config.ts";
import type { Credentials } from "./credentials.ts";

/** Who asks for a token, and for what. */
export interface GrantConfig extends Pick<Auth0Config, "domain" | "endpoint" | "audience"> {
  readonly credentials: Exclude<Credentials, { kind: "token" }>;
}

export interface Grant {
  readonly token: string;
  readonly lifetimeMs: number;
}

/** Auth0's default: https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens */
const defaultLifetimeSeconds = 86_400;
/** No token of the Management API lives longer (same page). */
const longestLifetimeSeconds = 2_592_000;
/** Each grant leaves an entry in the log: who asked for one with every page would read about it for ever. */
const shortestLifetimeSeconds = 10;

/** A header that is longer would be refused. Auth0's are about 4,000 characters at most. */
const tokenForm = /^[\x21-\x7e]{1,12000}$/;

/** What to send to `/oauth/token`. Made anew for each attempt: Auth0 takes a signed assertion only once. */
export async function grantForm(config: GrantConfig, now: number): Promise<Record<string, string>> {
  const { credentials, audience } = config;
  const form = { grant_type: "client_credentials", client_id: credentials.clientId, audience };
  if (credentials.kind === "client_secret")
    return { ...form, client_secret: credentials.clientSecret.reveal() };
  return {
    ...form,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await signAssertion(credentials, { domain: config.domain, now }),
  };
}

type KeyCredentials = Extract<Credentials, { kind: "private_key" }>;

/** https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt */
async function signAssertion(
  { clientId, privateKey, keyId, algorithm }: KeyCredentials,
  { domain, now }: { domain: string; now: number },
): Promise<string> {
  // Loaded here, since most who read a log use a client secret.
  const { SignJWT } = await import("jose");
  const issuedAt = Math.floor(now / 1000);
  return await new SignJWT()
    .setProtectedHeader({ alg: algorithm, ...(keyId !== undefined && { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`https://${domain}/`)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 60)
    .setJti(randomUUID())
    .sign(createPrivateKey(privateKey.reveal()));
}

/** Reads a 200 answer of `/oauth/token`. Never quotes it: it holds the token. */
export function parseGrant(body: string, domain: string): Grant {
  const { access_token: token, expires_in: lifetime } = parseObject(body);
  if (typeof token !== "string" || !tokenForm.test(token)) {
    throw new RetryableError(`${domain} answered the request for an access token without giving one.`, {
      remedy: "If there is a proxy in between, check what it answers.",
    });
  }
  return { token, lifetimeMs: 1000 * lifetimeSecondsOf(lifetime) };
}

function lifetimeSecondsOf(lifetime: unknown): number {
  const seconds = typeof lifetime === "string" ? Number(lifetime) : lifetime;
  if (typeof seconds !== "number" || !(seconds > 0)) return defaultLifetimeSeconds;
  return Math.min(Math.max(seconds, shortestLifetimeSeconds), longestLifetimeSeconds);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
