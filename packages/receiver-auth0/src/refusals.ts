import { type LoghookError, parseRetryAfter, RetryableError, SourceRefusedError } from "@loghook/pipeline";
import type { Auth0Config } from "./config.ts";
import type { Answer } from "./tenant-client.ts";

// Which answers pass by themselves, which need a person, and what that person should do.

interface TokenRefusalContext extends Pick<Auth0Config, "domain" | "audience" | "credentials"> {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Why `/oauth/token` gave no token. */
export function tokenRefusal(answer: Answer, context: TokenRefusalContext): LoghookError {
  const { domain, audience, credentials } = context;
  const text = describeRefusal(answer);
  if (isPassing(answer.status)) return passing(answer, context);
  const refused = (message: string, remedy: string): SourceRefusedError =>
    new SourceRefusedError(`${domain} gave no access token: ${message}`, { remedy });

  if (/service not found/i.test(text)) {
    return refused(`it knows no API with the audience ${audience} (${text}).`, audienceRemedy);
  }
  if (/client-grant|not authorized to access/i.test(text)) {
    return refused(`the application may not use the Management API (${text}).`, grantRemedy);
  }
  if (/grant type/i.test(text)) {
    return refused(`the application may not use the client credentials grant (${text}).`, grantTypeRemedy);
  }
  if (/(unknown|invalid) client|client (was )?not found|unauthorized_client/i.test(text)) {
    return refused(`it knows no application with this client_id (${text}).`, clientRemedy);
  }
  if (answer.status === 401 || answer.status === 403) {
    return credentials.kind === "private_key"
      ? refused(`the assertion signed with private_key was refused (${text}).`, keyRemedy)
      : refused(`client_id and client_secret do not belong together (${text}).`, secretRemedy);
  }
  return unexpected(answer, `${domain} gave no access token`);
}

const audienceRemedy =
  "The setting audience is https://<canonical tenant domain>/api/v2/, with the slash at its end; leave it out unless the tenant has a custom domain.";
const grantRemedy =
  "In the Auth0 dashboard, under Applications > APIs > Auth0 Management API > Machine to Machine Applications, authorize the application and tick read:logs.";
const grantTypeRemedy =
  "Use an application of the type Machine to Machine, or allow the grant under its Advanced Settings > Grant Types.";
const clientRemedy =
  "Check the settings client_id and domain against the application's page in the Auth0 dashboard: it must be an application of this very tenant.";
const secretRemedy =
  "Copy the Client Secret from the application's Settings page in the Auth0 dashboard into client_secret; it may have been rotated.";
const keyRemedy =
  "Under the application's Credentials in the Auth0 dashboard, check that the public key of this pair is there, that it has not expired, and that signing_algorithm and key_id match. The clock of this machine must be right.";

export interface LogRefusalContext {
  readonly domain: string;
  /** False: a ready-made token was used. */
  readonly renewable: boolean;
  /** Where reading was to go on. Undefined: it was a search. */
  readonly from?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Why the log could not be read. */
export function logRefusal(answer: Answer, context: LogRefusalContext): LoghookError {
  const { status } = answer;
  const { domain, renewable, from } = context;
  const text = describeRefusal(answer);
  if (isPassing(status)) return passing(answer, context);
  const refused = (message: string, remedy: string): SourceRefusedError =>
    new SourceRefusedError(`${domain} ${message}`, { remedy });

  if (/insufficient.scope/i.test(text)) {
    return refused(
      `lets this token read no logs: the scope read:logs is missing (${text}).`,
      scopeRemedy(renewable),
    );
  }
  if (/authentication header format/i.test(text)) {
    return refused(
      `does not take the access token: it is not a JWT (${text}).`,
      renewable ? audienceRemedy : tokenRemedy,
    );
  }
  if (status === 401 || status === 403) {
    return renewable
      ? refused(`refused the access token, and a fresh one as well (${text}).`, audienceRemedy)
      : refused(
          `refused the access token, which was given ready-made and cannot be renewed (${text}).`,
          tokenRemedy,
        );
  }
  if (status === 400 && from !== undefined) {
    return refused(`does not take the log_id ${from} to read on from (${text}).`, fromRemedy);
  }
  return unexpected(answer, `The log of ${domain} could not be read`);
}

function scopeRemedy(renewable: boolean): string {
  return renewable ? grantRemedy : `${grantRemedy} Then put a new token into the setting token.`;
}

const tokenRemedy =
  "Put a new Management API token with the scope read:logs into the setting token, or use client_id with client_secret, which renew themselves.";
const fromRemedy =
  "The checkpoint stays as it is. To go on elsewhere, set start_from to a date, a log_id or beginning: a changed start_from moves the checkpoint.";

/** What an answer says of itself, in one line. Auth0 has two shapes of errors; proxies have their own. */
function describeRefusal({ status, body }: Answer): string {
  const said = statusLine(status);
  try {
    const { error, error_description, message, errorCode } = JSON.parse(body);
    const parts = [errorCode ?? (error_description && error), error_description ?? message ?? error];
    const texts = parts.filter((part) => typeof part === "string" && part !== "");
    return [said, ...texts].join(": ").slice(0, 300);
  } catch {
    return said;
  }
}

function statusLine(status: number): string {
  // Not imported: its ES module has WebSocket among its exports, and with that all of fetch is loaded, a tenth of a start.
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  return [status, STATUS_CODES[status]].filter(Boolean).join(" ");
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425;
}

function passing(answer: Answer, { domain, now }: { domain: string; now: number }): RetryableError {
  return new RetryableError(`${domain} answered ${describeRefusal(answer)}.`, {
    retryAfterMs: parseRetryAfter(answer.headers["retry-after"], now),
    remedy: "See https://status.auth0.com, and any proxy in between.",
  });
}

function unexpected(answer: Answer, what: string): SourceRefusedError {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    return new SourceRefusedError(
      `${what}: it answered ${statusLine(status)}, to ${originOf(headers.location)}.`,
      {
        remedy:
          "Redirects are not followed, since the token would go along. Set domain or endpoint to the right address.",
      },
    );
  }
  return new SourceRefusedError(`${what}: it answered ${describeRefusal(answer)}.`, {
    remedy: "Check the settings domain and endpoint: is this the tenant's own address?",
  });
}

function originOf(location: string | undefined): string {
  return URL.parse(location ?? "")?.origin ?? "nowhere";
}
