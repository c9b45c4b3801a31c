import { getEventListeners } from "node:events";
import { memoryExporter, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import type { Exporter } from "./component.ts";
import { limiting } from "./limiting.ts";

const { signal } = new AbortController();

test("lets so many calls run at once, the others in the order in which they came", async () => {
  const holds = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const exporter = memoryExporter(() => holds[exporter.calls.length - 1]?.promise);
  const limited = limiting(exporter, 2);
  const calls = [1, 2, 3, 4].map((n) => limited.export(testBatch(1, n), { signal }));
  await Promise.resolve();
  expect(exporter.calls).toHaveLength(2);
  holds[1]?.resolve();
  await calls[1];
  expect(exporter.calls).toHaveLength(3);
  for (const { resolve } of holds) resolve();
  await Promise.all(calls);
  expect(exporter.calls.flat()).toEqual(testBatch(4));
});

test("a call that fails makes room for the next one", async () => {
  const exporter = memoryExporter(() => {
    if (exporter.calls.length === 1) throw new Error("no");
  });
  const limited = limiting(exporter, 1);
  const [first, second] = [1, 2].map((n) => limited.export(testBatch(1, n), { signal }));
  await expect(first).rejects.toThrow("no");
  await second;
  expect(exporter.taken).toHaveLength(1);
});

test("a call that is aborted while it waits rejects at once and is never made", async () => {
  const hold = Promise.withResolvers<void>();
  const exporter = memoryExporter(() => hold.promise);
  const limited = limiting(exporter, 1);
  const first = limited.export(testBatch(1), { signal });
  const waiting = new AbortController();
  const second = limited.export(testBatch(1, 2), { signal: waiting.signal });
  waiting.abort(new Error("stopped"));
  await expect(second).rejects.toThrow("stopped");
  hold.resolve();
  await first;
  await limited.export(testBatch(1, 3), { signal });
  expect(exporter.calls.flat()).toEqual([...testBatch(1), ...testBatch(1, 3)]);
});

/** Ends when it is told to, whatever the signal says. */
function deafExporter() {
  const held: PromiseWithResolvers<void>[] = [];
  const exporter: Exporter = {
    export() {
      const call = Promise.withResolvers<void>();
      held.push(call);
      return call.promise;
    },
    async [Symbol.asyncDispose]() {},
  };
  return { exporter, held };
}

test("a call rejects as soon as it is aborted, and an exporter that does not heed it keeps its place until it is done", async () => {
  const { exporter, held } = deafExporter();
  const limited = limiting(exporter, 1);
  const leaving = new AbortController();
  const first = limited.export(testBatch(1), { signal: leaving.signal });
  const second = limited.export(testBatch(1, 2), { signal });
  leaving.abort(new Error("stopped"));
  await expect(first).rejects.toThrow("stopped");
  expect(held).toHaveLength(1);
  held[0]?.reject(new Error("Nobody looks at this."));
  await new Promise(setImmediate);
  expect(held).toHaveLength(2);
  held[1]?.resolve();
  await second;
});

test("all calls of a signal reject when it aborts, and those of another go on", async () => {
  const { exporter, held } = deafExporter();
  const limited = limiting(exporter, 2);
  const leaving = new AbortController();
  const all = [leaving.signal, signal, leaving.signal, leaving.signal, signal].map((signal, n) =>
    limited.export(testBatch(1, n), { signal }),
  );
  leaving.abort(new Error("stopped"));
  for (const n of [0, 2, 3]) await expect(all[n]).rejects.toThrow("stopped");
  held[0]?.resolve();
  held[1]?.resolve();
  await all[1];
  await new Promise(setImmediate);
  expect(held).toHaveLength(3);
  held[2]?.resolve();
  await all[4];
});

test("a call whose signal has aborted is not made", async () => {
  const exporter = memoryExporter();
  const gone = AbortSignal.abort(new Error("stopped"));
  await expect(limiting(exporter, 1).export(testBatch(1), { signal: gone })).rejects.toThrow("stopped");
  expect(exporter.calls).toHaveLength(0);
});

test("an exporter that throws before it returns a promise makes room, too", async () => {
  let calls = 0;
  const exporter: Exporter = {
    export() {
      calls += 1;
      throw new Error("no");
    },
    async [Symbol.asyncDispose]() {},
  };
  const limited = limiting(exporter, 1);
  for (let n = 0; n < 3; n++) {
    await expect(limited.export(testBatch(1), { signal })).rejects.toThrow("no");
  }
  expect(calls).toBe(3);
});

test("listens to a signal once, however many calls it has", async () => {
  const limited = limiting(memoryExporter(), 2);
  const controller = new AbortController();
  await Promise.all(Array.from({ length: 20 }, () => limited.export(testBatch(1), controller)));
  // The exporter of the test has two of its own at a time, and takes them away.
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
});

test("keeps to a limit that changes while calls are under way and wait", async () => {
  const { exporter, held } = deafExporter();
  const limit = { current: 3 };
  const limited = limiting(exporter, limit);
  const calls = Array.from({ length: 10 }, () => limited.export(testBatch(1), { signal }));
  expect(held).toHaveLength(3);
  limit.current = 1;
  held[0]?.resolve();
  held[1]?.resolve();
  await Promise.all(calls.slice(0, 2));
  await new Promise(setImmediate);
  expect(held).toHaveLength(3);
  limit.current = 5;
  held[2]?.resolve();
  await calls[2];
  await new Promise(setImmediate);
  expect(held).toHaveLength(8);
  for (let n = 3; n < 10; n++) {
    held[n]?.resolve();
    await calls[n];
    await new Promise(setImmediate);
  }
});
