import { createRequire } from "node:module";
import type * as api from "@opentelemetry/api";
import type * as resources from "@opentelemetry/resources";

// About a hundred small modules, which most starts of `loghook run --once` do without: they find nothing new, and make no
// record. `require`, since their callers cannot wait. That gives the packages' CommonJS form; it works together with the
// ES modules that a program of ours imports, for @opentelemetry/api keeps what it knows on `globalThis`.
const load = createRequire(import.meta.url);

/** `@opentelemetry/api`, which the first call loads. */
export function openTelemetryApi(): Pick<typeof api, "diag" | "ROOT_CONTEXT" | "trace"> {
  return load("@opentelemetry/api");
}

/** As `@opentelemetry/resources` has it, which the first call loads. */
export function resourceFromAttributes(
  ...given: Parameters<typeof resources.resourceFromAttributes>
): resources.Resource {
  return (load("@opentelemetry/resources") as typeof resources).resourceFromAttributes(...given);
}
