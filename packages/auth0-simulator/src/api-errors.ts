import { STATUS_CODES } from "node:http";
import { type Answer, jsonAnswer } from "./answer.ts";

// The Management API and /oauth/token refuse in two different shapes.

interface ErrorDetails {
  readonly errorCode?: string | undefined;
  readonly attributes?: object | undefined;
}

/** As the Management API refuses. */
export function apiError(status: number, message: string, details: ErrorDetails = {}): Answer {
  return jsonAnswer(status, { statusCode: status, error: STATUS_CODES[status], message, ...details });
}

export function invalidQuery(message: string): Answer {
  return apiError(400, message, { errorCode: "invalid_query_string" });
}

/** Seen in https://github.com/auth0/node-auth0/issues/118: a bearer value that is not a JWT is not a 401. */
export function badAuthorizationHeader(): Answer {
  return apiError(400, "Bad HTTP authentication header format", { errorCode: "Bearer" });
}

/** Seen in https://github.com/auth0/laravel-auth0/issues/455. */
export function unauthorized(message: string): Answer {
  return apiError(401, message, { attributes: { error: message } });
}

export function insufficientScope(): Answer {
  return apiError(403, "Insufficient scope, expected any of: read:logs", { errorCode: "insufficient_scope" });
}

/** Seen in https://github.com/auth0-extensions/auth0-reset-tenant/issues/31. */
export function tooManyRequests(): Answer {
  return apiError(429, "Global limit has been reached", { errorCode: "too_many_requests" });
}

/** As /oauth/token refuses (RFC 6749 §5.2). */
export function tokenError(status: number, error: string, description: string): Answer {
  return jsonAnswer(status, { error, error_description: description });
}

/** What Auth0 sends along with a status when something is wrong on its side or too much on ours. */
export function errorOfStatus(on: "token" | "logs", status: number): Answer {
  if (status === 429) {
    return on === "logs" ? tooManyRequests() : tokenError(429, "too_many_requests", "Client quota exceeded");
  }
  if (on === "logs" && status === 401) return unauthorized("Invalid token");
  if (on === "logs" && status === 403) return insufficientScope();
  const message =
    status >= 500 ? "An internal server error occurred" : (STATUS_CODES[status] ?? "Unknown error");
  return on === "logs" ? apiError(status, message) : tokenError(status, "access_denied", message);
}
