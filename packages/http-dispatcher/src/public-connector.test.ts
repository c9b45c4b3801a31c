import type { LookupAddress, LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { DestinationRefusedError } from "@loghook/pipeline";
import { startProxy, startServer, startTlsServer, tlsFile } from "@loghook/testkit";
import { expect, test } from "vitest";
import { createDispatcher, type DispatcherOptions } from "./dispatcher.ts";
import { post, setting } from "./post.test-kit.ts";
import { publicLookup } from "./public-connector.ts";

const key = "exporters.webhook.deny_private_networks";

/** A resolver that gives another answer each time, the last one for ever after. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? [];
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    callback(null, found);
  };
  return { asked, lookup };
}

/** Posts to a server that is really there, under a host name or address, with nothing but public addresses allowed. */
async function postTo(host: string, options: Partial<DispatcherOptions> & { lookup?: LookupFunction } = {}) {
  let visits = 0;
  await using server = await startServer((_request, response) => {
    visits++;
    response.end();
  });
  const { lookup, ...others } = options;
  const url = `http://${host}:${server.port}/`;
  const outcome = await post(url, { publicOnly: { url, lookup }, ...others });
  return { outcome, visits };
}

test.for([
  "127.0.0.1",
  "0x7f.1",
  "0177.0.0.1",
  "2130706433",
  "127.1",
  "127.0.0.1.",
  "127。0。0。1",
  "①②⑦.0.0.1",
  "%31%32%37.0.0.1",
  "0",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::]",
])("the address %s is refused however it is written, and nothing is sent", async (host) => {
  const { outcome, visits } = await postTo(host);
  expect(outcome).toBeInstanceOf(DestinationRefusedError);
  const { hostname } = new URL(`http://${host}`);
  expect(outcome).toMatchObject({
    message: `${hostname.replace(/[[\]]/g, "")} is not on the public internet, and ${key} is true.`,
    remedy: `Check the address. If it is meant, leave ${key} out.`,
  });
  expect(visits).toBe(0);
});

test("a name that this machine resolves to itself is refused", async () => {
  const { outcome, visits } = await postTo("localhost");
  expect(outcome).toMatchObject({
    code: "DESTINATION_REFUSED",
    message: expect.stringMatching(/^localhost, which has the address (127\.0\.0\.1|::1), is not/),
  });
  expect(visits).toBe(0);
});

test("without publicOnly the same server is reached", async () => {
  const { outcome, visits } = await postTo("127.0.0.1", { publicOnly: undefined });
  expect([outcome, visits]).toEqual([200, 1]);
});

test.for([
  [["127.0.0.1"]],
  [["93.184.215.14", "127.0.0.1"]],
  [["127.0.0.1", "93.184.215.14"]],
  [["2606:2800:21f::1", "::1"]],
  [["::ffff:127.0.0.1"]],
])("a name with the addresses %s is refused, whichever is the first", async ([addresses = []]) => {
  const { asked, lookup } = resolver(addresses);
  const { outcome, visits } = await postTo("hooks.example", { lookup });
  const bad = addresses.find((address) => !/^(93|2606)/.test(address));
  expect(outcome).toMatchObject({
    code: "DESTINATION_REFUSED",
    message: `hooks.example, which has the address ${bad}, is not on the public internet, and ${key} is true.`,
  });
  expect([asked, visits]).toEqual([["hooks.example"], 0]);
});

test("a name over TLS is refused before a handshake", async () => {
  await using server = await startTlsServer();
  const url = server.url.replace("127.0.0.1", "hooks.example");
  const { lookup } = resolver(["127.0.0.1"]);
  const outcome = await post(url, { tls: { caFile: tlsFile("ca.pem") }, publicOnly: { url, lookup } });
  expect(outcome).toMatchObject({ code: "DESTINATION_REFUSED" });
  expect(server.visitors).toEqual([]);
});

/** What `net.connect` would connect to. */
function resolved(lookup: LookupFunction, options: LookupOptions): Promise<LookupAddress[]> {
  const refusal = (host: string, address: string) => new DestinationRefusedError(`${host} ${address}`);
  return new Promise((resolve, reject) =>
    publicLookup(lookup, refusal)("hooks.example", options, (error, found, family = 0) => {
      if (error) reject(error);
      else resolve(typeof found === "string" ? [{ address: found, family }] : found);
    }),
  );
}

test.for([{ all: true }, { all: false }])(
  "a name that changes its address between two questions is asked for once, and connected to as it was checked (%o)",
  async (options) => {
    const { asked, lookup } = resolver(["93.184.215.14"], ["127.0.0.1"]);
    expect(await resolved(lookup, options)).toEqual([{ address: "93.184.215.14", family: 4 }]);
    expect(asked).toEqual(["hooks.example"]);
    await expect(resolved(lookup, options)).rejects.toThrow("hooks.example 127.0.0.1");
  },
);

test("all public addresses of a name are left to choose from", async () => {
  const addresses = ["93.184.215.14", "2606:2800:21f::1"];
  const found = await resolved(resolver(addresses).lookup, { all: true });
  expect(found.map(({ address }) => address)).toEqual(addresses);
});

test("a resolver that answers with one address and its family is understood, and so is its failure", async () => {
  const single: LookupFunction = (_hostname, _options, callback) => callback(null, "10.0.0.1", 4);
  await expect(resolved(single, {})).rejects.toThrow("hooks.example 10.0.0.1");
  const failing: LookupFunction = (_hostname, _options, callback) => callback(new Error("EAI_AGAIN"), "");
  await expect(resolved(failing, {})).rejects.toThrow("EAI_AGAIN");
  expect(await resolved(resolver([]).lookup, { all: true })).toEqual([]);
});

const create = (env: Record<string, string>, url: string) => () =>
  createDispatcher({ env, timeoutMs: 1000, setting, publicOnly: { url } });

test.for([
  { env: { HTTPS_PROXY: "proxy:1" }, url: "https://hooks.example/", variable: "HTTPS_PROXY" },
  {
    env: { https_proxy: "proxy:1", HTTP_PROXY: "proxy:2" },
    url: "https://hooks.example/",
    variable: "HTTPS_PROXY",
  },
  { env: { HTTP_PROXY: "proxy:1" }, url: "https://hooks.example/", variable: "HTTP_PROXY" },
  { env: { HTTP_PROXY: "proxy:1" }, url: "http://hooks.example/", variable: "HTTP_PROXY" },
  {
    env: { HTTP_PROXY: "proxy:1", NO_PROXY: "other.example" },
    url: "http://hooks.example/",
    variable: "HTTP_PROXY",
  },
  {
    env: { HTTP_PROXY: "proxy:1", NO_PROXY: "hooks.example:81" },
    url: "http://hooks.example/",
    variable: "HTTP_PROXY",
  },
  {
    env: { HTTP_PROXY: "proxy:1", NO_PROXY: "ooks.example" },
    url: "http://hooks.example/",
    variable: "HTTP_PROXY",
  },
])("a proxy in the way is refused at the start ($env for $url)", ({ env, url, variable }) => {
  expect(create(env, url)).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: `${key} cannot be kept through the proxy of ${variable}, which looks names up by itself.`,
      remedy: `Name hooks.example in NO_PROXY, or have the proxy refuse private networks and leave ${key} out.`,
    }),
  );
});

test.for([
  { HTTPS_PROXY: "proxy:1" },
  ...["*", "hooks.example", "HOOKS.example", ".example", "*.example", "a, hooks.example:80 b", "*:80"].map(
    (NO_PROXY) => ({ HTTP_PROXY: "proxy:1", NO_PROXY }),
  ),
])("a proxy that is not in the way is none (%o)", async (env) => {
  const { lookup } = resolver(["10.0.0.1"]);
  const url = "http://hooks.example/";
  expect(await post(url, { env, publicOnly: { url, lookup } })).toMatchObject({
    code: "DESTINATION_REFUSED",
  });
});

test("the proxy itself may have a private address where nothing is denied", async () => {
  await using proxy = await startProxy();
  const { outcome } = await postTo("127.0.0.1", { env: { HTTP_PROXY: proxy.url }, publicOnly: undefined });
  expect([outcome, proxy.visits.length]).toEqual([200, 1]);
});
