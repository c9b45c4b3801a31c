import type { ServerResponse } from "node:http";
import { startTenant } from "@loghook/auth0-simulator";
import type { ComponentSettings, Delivery, Receiver } from "@loghook/pipeline";
import { manualClock, startWebhook, type TestWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { seekLogId } from "./log-id.ts";
import { idsOf, lane, receiverOf, run, type TestReceiver } from "./receiver.test-kit.ts";

const { signal } = new AbortController();

const idOf = (n: number): string => `900202603020800${String(n).padStart(41, "0")}`;
const entryOf = (n: number) => ({ log_id: idOf(n), type: "s", date: "2026-03-02T08:00:00Z" });

/** A tenant that answers with these pages, one after the other, whatever is asked; then with empty ones. */
async function startScript(pages: readonly unknown[]): Promise<TestWebhook> {
  const left = [...pages];
  return await startWebhook({
    answer: (_request, response) => void response.end(JSON.stringify(left.shift() ?? [])),
  });
}

/** Reads from a made-up log_id on, so that no search comes first. */
function readerOf(
  server: TestWebhook,
  config: Record<string, unknown> = {},
  overrides: Partial<ComponentSettings> = {},
): TestReceiver {
  const tenant = { url: server.url, domain: "acme.eu.auth0.com", clientId: "", clientSecret: "" };
  return receiverOf(tenant, { token: "t", start_from: idOf(0), batch_size: 3, ...config }, overrides);
}

const shapeOf = ({ batch, caughtUp }: Delivery) => ({ ids: idsOf([{ batch } as Delivery]), caughtUp });

describe("the end of the log", () => {
  test("is the empty page, and nothing shorter", async () => {
    await using server = await startScript([
      [entryOf(1), entryOf(2)],
      [entryOf(3)],
      [entryOf(4), entryOf(5), entryOf(6)],
      [],
    ]);
    await using receiver = readerOf(server);
    expect((await run(receiver)).map(shapeOf)).toEqual([
      { ids: [idOf(1), idOf(2)], caughtUp: true },
      { ids: [idOf(3)], caughtUp: true },
      { ids: [idOf(4), idOf(5), idOf(6)], caughtUp: false },
      { ids: [], caughtUp: true },
    ]);
    expect(server.requests.map(({ path }) => new URLSearchParams(path.split("?")[1]).get("from"))).toEqual([
      idOf(0),
      idOf(2),
      idOf(3),
      idOf(6),
    ]);
  });

  test("is not told twice: after a short page, the empty one brings no delivery", async () => {
    await using server = await startScript([[entryOf(1)], []]);
    await using receiver = readerOf(server);
    expect((await run(receiver)).map(shapeOf)).toEqual([{ ids: [idOf(1)], caughtUp: true }]);
  });

  test("is reached when pages lead nowhere, rather than asked for without end", async () => {
    const page = [entryOf(1), entryOf(2), entryOf(3)];
    await using server = await startScript(Array.from({ length: 50 }, () => page));
    await using receiver = readerOf(server);
    expect(idsOf(await run(receiver))).toEqual([idOf(1), idOf(2), idOf(3)]);
    expect(server.requests).toHaveLength(2);
  });

  test.for([
    { name: "short", batchSize: 3 },
    { name: "full", batchSize: 1 },
  ])(
    "does not keep a run waiting on a tenant that writes on and on, its pages $name",
    async ({ batchSize }) => {
      const begunAt = Date.parse("2026-03-02T09:00:00Z");
      let asked = 0;
      await using server = await startWebhook({
        answer: (_request, response) => {
          // Each request takes a second, in which one entry is written.
          const at = new Date(begunAt + asked++ * 1000);
          const entry = {
            log_id: seekLogId(at.getTime()).replace(/0$/, "1"),
            type: "s",
            date: at.toISOString(),
          };
          // It does end some time, so that a run that goes on fails this test rather than hangs.
          const page = asked < 20 ? [entry] : [];
          response.writeHead(200, { date: at.toUTCString() }).end(JSON.stringify(page));
        },
      });
      await using receiver = readerOf(server, { batch_size: batchSize });
      const deliveries = await run(receiver);
      // What was there when it began, what came in that second, and the first that is surely later.
      expect(deliveries).toHaveLength(3);
      expect(server.requests).toHaveLength(3);
    },
  );
});

describe("following", () => {
  test("pauses at the end of the log and goes on with what is new then", async () => {
    const clock = manualClock();
    await using tenant = await startTenant({ entries: 2, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { poll_interval: "20s" }, { clock });
    const deliveries = receiver.receive({ lane, signal, follow: true })[Symbol.asyncIterator]();
    const first = await deliveries.next();
    expect(first.value?.batch).toHaveLength(2);

    const next = deliveries.next();
    expect(await clock.nextSleep()).toBe(20_000);
    clock.advance(20_000);
    // Nothing is new, and nothing is said.
    expect(await clock.nextSleep()).toBe(20_000);
    const written = tenant.generate(3);
    clock.advance(20_000);
    const { value } = await next;
    expect(value && idsOf([value])).toEqual(written.map(({ logId }) => logId));
    await deliveries.return?.();
  });

  test("says once on an empty log that it has caught up", async () => {
    const clock = manualClock();
    await using tenant = await startTenant({ logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, {}, { clock });
    const stop = new AbortController();
    const reading = run(receiver, { follow: true, signal: stop.signal });
    for (let poll = 0; poll < 3; poll++) {
      await clock.nextSleep();
      clock.advance(15_000);
    }
    await clock.nextSleep();
    stop.abort();
    expect(await reading).toMatchObject([{ batch: [], caughtUp: true }]);
  });
});

/** A tenant whose answers are given by hand. */
async function startByHand() {
  const waiting: ServerResponse[] = [];
  const server = await startWebhook({ answer: (_request, response) => void waiting.push(response) });
  return {
    server,
    waiting,
    async answer(entries: unknown[]) {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waiting.shift()?.end(JSON.stringify(entries));
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function iterate(receiver: Receiver): AsyncIterator<Delivery> {
  return receiver.receive({ lane, signal, follow: false })[Symbol.asyncIterator]();
}

describe("reading ahead", () => {
  test("the next page is asked for while this one is being handled, and no further one", async () => {
    await using tenant = await startByHand();
    await using receiver = readerOf(tenant.server);
    const deliveries = iterate(receiver);
    const first = deliveries.next();
    await tenant.answer([entryOf(1), entryOf(2), entryOf(3)]);
    expect((await first).value?.batch).toHaveLength(3);

    await tenant.server.received(2);
    await tenant.answer([entryOf(4), entryOf(5), entryOf(6)]);
    // A request of our own comes behind whatever else was sent.
    const last = fetch(`${tenant.server.url}/last`);
    await tenant.server.received(3);
    await tenant.answer([]);
    await last;
    expect(tenant.server.requests.map(({ path }) => path)).toEqual([
      `/api/v2/logs?from=${idOf(0)}&take=3`,
      `/api/v2/logs?from=${idOf(3)}&take=3`,
      "/last",
    ]);
    await deliveries.return?.();
  });

  test("a fault of the page ahead is told in its turn, not before", async () => {
    await using tenant = await startByHand();
    await using receiver = readerOf(tenant.server);
    const deliveries = iterate(receiver);
    const first = deliveries.next();
    await tenant.answer([entryOf(1), entryOf(2), entryOf(3)]);
    await tenant.server.received(2);
    tenant.waiting.shift()?.writeHead(403).end("{}");
    expect((await first).value?.batch).toHaveLength(3);
    await expect(deliveries.next()).rejects.toMatchObject({ code: "SOURCE_REFUSED" });
    expect(await deliveries.next()).toEqual({ done: true, value: undefined });
  });

  test("who leaves early cancels the page ahead", async () => {
    await using tenant = await startByHand();
    await using receiver = readerOf(tenant.server);
    const deliveries = iterate(receiver);
    const first = deliveries.next();
    await tenant.answer([entryOf(1), entryOf(2), entryOf(3)]);
    await first;
    await tenant.server.received(2);
    const [ahead] = tenant.waiting;
    const cut = new Promise((resolve) => ahead?.on("close", resolve));
    await deliveries.return?.();
    await cut;
    expect(ahead?.writableEnded).toBe(false);
  });

  test("who leaves while the page ahead waits for another attempt does not wait for it", async () => {
    const clock = manualClock();
    const left = [JSON.stringify([entryOf(1), entryOf(2), entryOf(3)])];
    await using server = await startWebhook({
      answer: (_request, response) => {
        const page = left.shift();
        response.writeHead(page ? 200 : 503).end(page);
      },
    });
    await using receiver = readerOf(server, {}, { clock });
    const deliveries = iterate(receiver);
    expect((await deliveries.next()).value?.batch).toHaveLength(3);
    await clock.nextSleep();
    expect(await deliveries.return?.()).toEqual({ done: true, value: undefined });
  });
});

describe("irregular pages", () => {
  test("what was delivered a moment ago is not delivered again", async () => {
    await using server = await startScript([
      [entryOf(1), entryOf(2), entryOf(2)],
      [entryOf(2), entryOf(3), entryOf(4)],
      [entryOf(1), entryOf(4), entryOf(5)],
    ]);
    await using receiver = readerOf(server);
    expect(idsOf(await run(receiver))).toEqual([1, 2, 3, 4, 5].map(idOf));
  });

  test("an entry that comes late is delivered, and does not move the checkpoint back", async () => {
    await using server = await startScript([
      [entryOf(1), entryOf(5), entryOf(6)],
      [entryOf(3), entryOf(4)],
    ]);
    await using receiver = readerOf(server);
    const deliveries = await run(receiver);
    expect(idsOf(deliveries)).toEqual([1, 5, 6, 3, 4].map(idOf));
    const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
    expect(JSON.parse(kept ?? "").log_id).toBe(idOf(6));
  });

  test("a page that is out of order is put into order, so that the checkpoint can stand within it", async () => {
    await using server = await startScript([[entryOf(5), entryOf(3), entryOf(7)]]);
    await using receiver = readerOf(server);
    const deliveries = await run(receiver, { handle: ({ batch, ack }) => batch.length && ack(1) });
    expect(idsOf(deliveries)).toEqual([3, 5, 7].map(idOf));
    const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
    expect(JSON.parse(kept ?? "").log_id).toBe(idOf(3));
  });

  test("entries that are none are delivered all the same", async () => {
    await using server = await startScript([[null, 5, "text", [], { type: null }, entryOf(1)]]);
    await using receiver = readerOf(server, { batch_size: 100 });
    const [delivery] = await run(receiver);
    expect(delivery?.batch.map(({ body }) => body)).toEqual([
      null,
      5,
      "text",
      [],
      { type: null },
      entryOf(1),
    ]);
    const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
    expect(JSON.parse(kept ?? "").log_id).toBe(idOf(1));
  });

  test("behind an entry without an id, the checkpoint stays with the one before it", async () => {
    await using server = await startScript([[entryOf(1), { type: "s" }, entryOf(2)]]);
    await using receiver = readerOf(server);
    await run(receiver, { handle: ({ batch, ack }) => batch.length && ack(2) });
    const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
    expect(JSON.parse(kept ?? "").log_id).toBe(idOf(1));
  });

  test.for([
    { acked: 1, settledUpTo: 0 },
    { acked: 4, settledUpTo: 0 },
    { acked: 5, settledUpTo: 1 },
    { acked: 6, settledUpTo: 4 },
    { acked: 7, settledUpTo: 5 },
    { acked: 8, settledUpTo: 8 },
  ])(
    "where the order cannot be told, the checkpoint stays before all that is left ($acked of 8 settled)",
    async ({ acked, settledUpTo }) => {
      const entries = [4, 1, 8, 3, 0, 2, 5, 6].map((n) => (n === 0 ? { type: "s" } : entryOf(n)));
      await using server = await startScript([entries]);
      await using receiver = readerOf(server, { batch_size: 100 });
      await run(receiver, { handle: ({ batch, ack }) => batch.length && ack(acked) });
      const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
      expect(JSON.parse(kept ?? "").log_id).toBe(idOf(settledUpTo));
    },
  );

  test("equal entries without an id are all delivered, and each once when they come again", async () => {
    const copy = { type: "s", ip: "192.0.2.1" };
    await using server = await startScript([
      [entryOf(1), copy, copy, copy],
      [copy, copy, copy, entryOf(2)],
    ]);
    await using receiver = readerOf(server, { batch_size: 100 });
    const deliveries = await run(receiver);
    expect(deliveries.flatMap(({ batch }) => batch.map(({ body }) => body))).toEqual([
      entryOf(1),
      copy,
      copy,
      copy,
      entryOf(2),
    ]);
    expect(new Set(idsOf(deliveries)).size).toBe(5);
  });

  test("a page in which no entry has an id is an error, not a loop", async () => {
    await using server = await startScript(
      Array.from({ length: 50 }, () => [{ type: "s" }, { type: "f" }, null]),
    );
    await using receiver = readerOf(server);
    await expect(run(receiver)).rejects.toMatchObject({
      code: "SOURCE_REFUSED",
      message:
        "acme.eu.auth0.com answered with 3 entries without a log_id, so nobody can say where to read on.",
    });
    expect(server.requests).toHaveLength(1);
  });
});

test("never follows a Link, wherever it leads", async () => {
  await using other = await startWebhook();
  await using server = await startWebhook({
    answer: (request, response) => {
      const page = request.path.includes(idOf(0)) ? [entryOf(1), entryOf(2), entryOf(3)] : [];
      const link = `<${other.url}/api/v2/logs?from=1>; rel="next"`;
      response.writeHead(200, { link }).end(JSON.stringify(page));
    },
  });
  await using receiver = readerOf(server);
  expect(idsOf(await run(receiver))).toHaveLength(3);
  expect(other.requests).toEqual([]);
});
