import { inspect } from "node:util";
import { ConfigError } from "@loghook/pipeline";
import { startWebhook, status } from "@loghook/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { createTenantClient } from "./tenant-client.ts";

// A file of its own: the environment belongs to the whole process.
afterEach(() => void vi.unstubAllEnvs());

test.for(["http://us%er:hush%@proxy:1", "ftp://user:hush@proxy", "http://"])(
  "a proxy that cannot be used (%s) is a fault of the config, and not shown",
  (proxy) => {
    vi.stubEnv("http_proxy", proxy);
    const error = (() => {
      try {
        return createTenantClient({ endpoint: "http://a.b", timeoutMs: 1, caFile: undefined });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ConfigError);
    expect(inspect(error)).not.toContain("hush");
  },
);

const { signal } = new AbortController();

test.for([
  { scheme: "http://", noProxy: "", through: 1, direct: 0 },
  { scheme: "", noProxy: "", through: 1, direct: 0 },
  { scheme: "http://", noProxy: "127.0.0.1", through: 0, direct: 1 },
])("goes through HTTP_PROXY $scheme… $through times with NO_PROXY $noProxy", async (row) => {
  const { scheme, noProxy, through, direct } = row;
  await using proxy = await startWebhook({ answer: status(200, {}, "[]") });
  await using tenant = await startWebhook({ answer: status(200, {}, "[]") });
  vi.stubEnv("http_proxy", proxy.url.replace("http://", scheme));
  vi.stubEnv("no_proxy", noProxy);
  await using client = createTenantClient({ endpoint: tenant.url, timeoutMs: 30_000, caFile: undefined });
  await client.readLog({}, { token: "t", signal });
  expect({ through: proxy.requests.length, direct: tenant.requests.length }).toEqual({ through, direct });
});
