import { memoryExporter, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
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
