import { loadConfig } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { factories } from "./components.ts";
import { configWarnings } from "./config-warnings.ts";

async function warningsOf(types: string): Promise<string[]> {
  const text = `
receivers: { auth0: { domain: acme.eu.auth0.com, token: abc } }
processors: { filter: { types: "${types}", exclude_types: [sapi] } }
exporters: { webhook: { url: "http://127.0.0.1:9/" } }
extensions: { sqlite_storage: }
service:
  extensions: [sqlite_storage]
  pipelines: { logs: { receivers: [auth0], processors: [filter], exporters: [webhook] } }`;
  return configWarnings(await loadConfig(text, { file: "test.yaml", factories, env: {} }));
}

test.for([
  ["f, fp, gd_*, *_fail?d, category:auth.*.fail", []],
  [
    "limit_wd",
    [
      "processors.filter.types names limit_wd, which no event type of the catalogue has; did you mean limit_wc?",
    ],
  ],
  [
    "f,zz_nope",
    [
      "processors.filter.types names zz_nope, which no event type of the catalogue has; `loghook types` shows them",
    ],
  ],
  [
    "category:auth.login.fial",
    [
      "processors.filter.types names category:auth.login.fial, which no event type of the catalogue has; did you mean category:auth.login.fail?",
    ],
  ],
] as const)("types %s: %s", async ([types, expected]) => {
  expect(await warningsOf(types)).toEqual(expected);
});
