import { createRequire } from "node:module";
import { ConfigError, type Secret } from "@loghook/pipeline";
import type { Destination } from "./destination.ts";

// Resolves from src/ and from dist/ alike. An import would pull the file out of the compiler's rootDir.
const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const connectionHeaders: readonly string[] = [
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
];

/** Names that an exporter keeps for itself. @returns why, as the end of a sentence that begins with the name's path */
export type ReservedHeader = (lowerCasedName: string) => string | undefined;

/** @returns the end of a sentence that begins with the header's path in the config; undefined for a usable name */
export function headerNameProblem(
  name: string,
  allNames: readonly string[],
  reserved: ReservedHeader,
): string | undefined {
  const lowerCased = name.toLowerCase();
  if (!tokenPattern.test(name)) return "must be a header name: letters, digits and hyphens";
  const reason = reserved(lowerCased);
  if (reason) return reason;
  if (connectionHeaders.includes(lowerCased)) return "belongs to the connection and cannot be set";
  const isTwice = allNames.some((other) => other !== name && other.toLowerCase() === lowerCased);
  return isTwice ? "is given twice" : undefined;
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
 * Headers as a user set them, by their names in small letters, and a `user-agent` unless one is among them.
 *
 * @throws {ConfigError} naming the one that cannot be sent
 */
export function customHeaders(
  headers: Readonly<Record<string, Secret>>,
  { destination, reserved }: { readonly destination: Destination; readonly reserved: ReservedHeader },
): Record<string, string> {
  const names = Object.keys(headers);
  const custom = Object.entries(headers).map(([name, value]) => {
    const problem = headerNameProblem(name, names, reserved);
    if (problem) throw new ConfigError(`${destination.setting(`headers.${name}`)} ${problem}.`);
    return [name.toLowerCase(), headerValue(value, destination.setting(`headers.${name}`))] as const;
  });
  return { "user-agent": `loghook/${version}`, ...Object.fromEntries(custom) };
}

/**
 * @param setting as the config names it
 * @throws {ConfigError} naming the setting whose value cannot stand in a header
 */
export function headerValue(value: Secret, setting: string): string {
  const problem = headerValueProblem(value.reveal());
  if (problem) throw new ConfigError(`${setting} ${problem}.`);
  return value.reveal();
}
