import { duration, neverPrinted, Secret } from "@loghook/pipeline";
import { z } from "zod";
import { headerNameProblem, headerValueProblem, type ReservedHeader } from "./request-headers.ts";

const longestTimeoutMs = 3_600_000;

/** How long a request may take: longer than 0s, at most 1h. Parsed to whole milliseconds. */
export function requestTimeout() {
  return duration()
    .refine((ms) => ms > 0 && ms <= longestTimeoutMs, { error: "must be longer than 0s and at most 1h" })
    .transform(Math.ceil);
}

/** Whether requests go to public addresses only. */
export function denyPrivateNetworks() {
  return z
    .boolean()
    .default(false)
    .describe(
      "`true`: nothing is sent to an address that is not on the public internet: private, loopback, link-local and the like. Every address of a name is checked, for each connection. Not through a proxy.",
    );
}

/** A secret that can stand in a header. The messages never show it. */
export function headerSecret() {
  return z
    .string({ error: "must be a text" })
    .min(1, { error: "must not be empty" })
    .superRefine((value, context) => {
      const problem = headerValueProblem(value);
      if (problem) context.addIssue({ code: "custom", message: problem });
    })
    .meta(neverPrinted)
    .transform((value) => new Secret(value));
}

/** Headers by name, each once. The values are secrets. */
export function headerMap(reserved: ReservedHeader) {
  return z
    .record(z.string(), headerSecret(), { error: "must be a map of header names and values" })
    .superRefine((headers, context) => {
      const names = Object.keys(headers);
      for (const name of names) {
        const problem = headerNameProblem(name, names, reserved);
        if (problem) context.addIssue({ code: "custom", path: [name], message: problem });
      }
    });
}
