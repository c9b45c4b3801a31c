import { inspect } from "node:util";
import { expect, test } from "vitest";
import { proxiesFrom } from "./proxy-environment.ts";

test.for([
  { env: {}, proxies: { httpProxy: "", httpsProxy: "", noProxy: "" } },
  { env: { HTTP_PROXY: " ", https_proxy: "" }, proxies: { httpProxy: "", httpsProxy: "", noProxy: "" } },
  {
    env: { HTTP_PROXY: "proxy:8080", HTTPS_PROXY: "https://proxy/", NO_PROXY: " a, b " },
    proxies: { httpProxy: "http://proxy:8080/", httpsProxy: "https://proxy/", noProxy: "a, b" },
  },
  // An empty lower-case name switches a proxy off, as in curl.
  { env: { http_proxy: "", HTTP_PROXY: "proxy" }, proxies: { httpProxy: "", httpsProxy: "", noProxy: "" } },
])("finds $proxies in $env", ({ env, proxies }) => {
  expect(proxiesFrom(env)).toEqual(proxies);
});

test.for(["http://:secret@", "ftp://ada:secret@proxy", "http://ada:%zz-secret@proxy", "http://secret:port"])(
  "%s is refused without being shown",
  (text) => {
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY"]) {
      const error = thrownBy(() => proxiesFrom({ [name]: text }));
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        message: `The environment variable ${name} must be the http or https URL of a proxy.`,
      });
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain("secret");
    }
  },
);

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
