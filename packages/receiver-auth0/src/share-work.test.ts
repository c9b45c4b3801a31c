import { expect, test } from "vitest";
import { shareWork } from "./share-work.ts";

function shared() {
  const outcome = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const work = shareWork((signal) => {
    signals.push(signal);
    return outcome.promise;
  });
  return { work, outcome, signals };
}

test("is done once for all who join", async () => {
  const { work, outcome, signals } = shared();
  const joined = [1, 2, 3].map(() => work.join(new AbortController().signal));
  outcome.resolve("done");
  expect(await Promise.all(joined)).toEqual(["done", "done", "done"]);
  expect(signals).toHaveLength(1);
});

test("goes on when one of those who wait leaves, and is aborted when the last one does", async () => {
  const { work, signals } = shared();
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = [work.join(first.signal), work.join(second.signal)];
  first.abort(new Error("first left"));
  await expect(waiting[0]).rejects.toThrow("first left");
  expect(signals[0]?.aborted).toBe(false);
  expect(work.isOver).toBe(false);

  second.abort(new Error("second left"));
  await expect(waiting[1]).rejects.toThrow("second left");
  expect(signals[0]?.aborted).toBe(true);
  expect(work.isOver).toBe(true);
});

test("fails for all who wait, and is over then", async () => {
  const { work, outcome } = shared();
  const joined = [1, 2].map(() => work.join(new AbortController().signal));
  outcome.reject(new Error("broken"));
  for (const one of joined) await expect(one).rejects.toThrow("broken");
  expect(work.isOver).toBe(true);
});

test("does not wait when the signal has aborted before", async () => {
  const { work } = shared();
  await expect(work.join(AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
});
