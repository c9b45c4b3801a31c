import { createRequire } from "node:module";
import { ConfigError } from "@loghook/pipeline";
import type { WebhookConfig } from "./config.ts";
import type { Destination } from "./destination.ts";

// Resolves from src/ and from dist/ alike. An import would pull the file out of the compiler's rootDir.
const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Headers that a setting, the body or the connection decides. */
const reservedNames = new Map<string, string>([
  ["authorization", "is set with authorization"],
  ["content-type", "is set with format"],
  ["content-encoding", "is set with compression"],
  ...[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ].map((name) => [name, "belongs to the connection and cannot be set"] as const),
]);

/** @returns the end of a sentence that begins with the header's path in the config; undefined for a usable name */
export function headerNameProblem(name: string, allNames: readonly string[]): string | undefined {
  const lowerCased = name.toLowerCase();
  if (!tokenPattern.test(name)) return "must be a header name: letters, digits and hyphens";
  if (lowerCased.startsWith("webhook-"))
    return "cannot be set: webhook- headers hold the id and the signature";
  if (allNames.some((other) => other !== name && other.toLowerCase() === lowerCased)) return "is given twice";
  return reservedNames.get(lowerCased);
}

/** @returns the end of a sentence that begins with the setting's path, without the value; undefined for a usable one */
export function headerValueProblem(value: string): string | undefined {
  if (/[\r\n]/.test(value)) return "must not contain line breaks";
  if (value.trim() !== value) return "must not begin or end with a space";
  // https://www.rfc-editor.org/rfc/rfc9110#section-5.5
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return "must not contain characters that a header cannot carry";
  return undefined;
}

/**
 * The headers that are the same for every request.
 *
 * @throws {ConfigError} naming the setting that cannot be sent as a header
 */
export function fixedHeaders(config: WebhookConfig, destination: Destination): Record<string, string> {
  const names = Object.keys(config.headers);
  const custom = Object.entries(config.headers).map(([name, value]) => {
    const problem = headerNameProblem(name, names) ?? headerValueProblem(value.reveal());
    if (problem) throw new ConfigError(`${destination.setting(`headers.${name}`)} ${problem}.`);
    return [name.toLowerCase(), value.reveal()] as const;
  });
  const authorization = config.authorization?.reveal();
  const problem = authorization === undefined ? undefined : headerValueProblem(authorization);
  if (problem) throw new ConfigError(`${destination.setting("authorization")} ${problem}.`);
  return {
    "user-agent": `loghook/${version}`,
    ...Object.fromEntries(custom),
    ...(authorization === undefined ? {} : { authorization }),
    ...(config.compression === "gzip" ? { "content-encoding": "gzip" } : {}),
  };
}
