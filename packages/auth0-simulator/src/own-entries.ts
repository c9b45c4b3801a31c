import type { Exchange } from "./token-endpoint.ts";

// What the tenant writes about the very clients that read its log.

/** `seccft` or `feccft`: a grant, or a refused one. */
export function exchangeEntry(exchange: Exchange, domain: string): Record<string, unknown> {
  const { granted, description, clientId, audience, scopes, ip, userAgent } = exchange;
  return {
    type: granted ? "seccft" : "feccft",
    description,
    client_id: clientId ?? null,
    client_name: "Log reader",
    ip: ip ?? "",
    user_agent: userAgent ?? "",
    hostname: domain,
    user_id: "",
    user_name: "",
    audience: audience ?? null,
    scope: granted ? scopes.join(" ") : null,
    $event_schema: { version: "1.0.0" },
    tenant_name: domain.split(".")[0],
  };
}

/** `api_limit`: the Management API was asked more often than allowed. */
export function limitEntry(): Record<string, unknown> {
  return {
    type: "api_limit",
    description: "Global limit has been reached",
    client_id: null,
    client_name: "",
    details: { resource: "Management API" },
    $event_schema: { version: "1.0.0" },
  };
}
