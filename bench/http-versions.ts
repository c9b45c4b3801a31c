// What HTTP/2 and pipelining would be worth: POSTs of one entry over HTTPS to a webhook that speaks HTTP/1.1 and HTTP/2,
// in turn, several rounds. Run by `node --conditions=source bench/http-versions.ts [rounds]`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Agent, type Dispatcher, request } from "undici";
import { makeCertificate } from "../packages/auth0-simulator/src/certificate.ts";

const rounds = Number(process.argv[2] ?? 5);
const requests = 4000;
const warmUp = 500;
const body = Buffer.from(JSON.stringify({ log_id: "9".repeat(56), description: "x".repeat(1450) }));

interface ServerOptions {
  readonly key: string;
  readonly cert: string;
  readonly roundTripMs: number;
}

/** In a process of its own, as webhooks are. */
function serve({ roundTripMs, ...certificate }: ServerOptions): void {
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (incoming, response) => {
    incoming.resume();
    incoming.on("end", () => setTimeout(() => response.writeHead(204).end(), roundTripMs));
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.once("disconnect", () => process.exit());
}

interface Way {
  readonly name: string;
  readonly options: (concurrency: number) => Agent.Options;
}

const ways: readonly Way[] = [
  { name: "HTTP/1.1", options: (connections) => ({ connections, allowH2: false }) },
  {
    name: "HTTP/2",
    options: (streams) => ({ connections: 1, allowH2: true, maxConcurrentStreams: streams }),
  },
  {
    name: "HTTP/1.1, 2 pipelined",
    options: (n) => ({ connections: Math.ceil(n / 2), pipelining: 2, allowH2: false }),
  },
];

async function post(url: string, dispatcher: Dispatcher): Promise<void> {
  // Those that may be repeated are pipelined; a webhook-id makes a POST one of them.
  const response = await request(url, { method: "POST", dispatcher, body, idempotent: true });
  await response.body.dump();
}

async function postAll(count: number, concurrency: number, act: () => Promise<void>): Promise<void> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

interface Result {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

async function measure(
  url: string,
  way: Way,
  { concurrency, ca }: { concurrency: number; ca: string },
): Promise<Result> {
  const dispatcher = new Agent({ ...way.options(concurrency), connect: { ca } });
  const act = () => post(url, dispatcher);
  await postAll(warmUp, concurrency, act);
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  await postAll(requests, concurrency, act);
  const { user, system } = process.cpuUsage(before);
  const perSecond = (requests / (performance.now() - startedAt)) * 1000;
  await dispatcher.destroy();
  return { perSecond, cpuMicros: (user + system) / requests };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function compare(): Promise<void> {
  const certificate = await makeCertificate(["127.0.0.1"]);
  process.stdout.write(
    "round trip | in flight | over | requests per second | CPU per request\n--- | --- | --- | --- | ---\n",
  );
  for (const [roundTripMs, concurrency] of [
    [0, 5],
    [0, 50],
    [20, 50],
  ] as const) {
    const server = fork(import.meta.filename, [JSON.stringify({ ...certificate, roundTripMs })]);
    const [port] = (await once(server, "message")) as [number];
    const results = new Map<Way, Result[]>(ways.map((way) => [way, []]));
    for (let round = 0; round < rounds; round++) {
      for (const way of ways)
        results
          .get(way)
          ?.push(await measure(`https://127.0.0.1:${port}/`, way, { concurrency, ca: certificate.cert }));
    }
    server.disconnect();
    for (const [{ name }, all] of results) {
      const perSecond = Math.round(median(all.map((result) => result.perSecond)));
      const cpuMicros = Math.round(median(all.map((result) => result.cpuMicros)));
      process.stdout.write(`${roundTripMs} ms | ${concurrency} | ${name} | ${perSecond} | ${cpuMicros} µs\n`);
    }
  }
}

if (process.send && process.argv[2]?.startsWith("{")) serve(JSON.parse(process.argv[2]) as ServerOptions);
else await compare();
