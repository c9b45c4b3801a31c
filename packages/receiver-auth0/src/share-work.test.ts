import { expect, test } from "vitest";
import { shareWork, type Waiting } from "./share-work.ts";

interface Listener extends Waiting {
  hear(text: string): void;
}

/** One who waits, with what it was told. */
function listener(): Listener & { readonly heard: string[]; leave(reason: Error): void } {
  const leaving = new AbortController();
  const heard: string[] = [];
  return {
    signal: leaving.signal,
    heard,
    hear: (text) => void heard.push(text),
    leave: (reason) => leaving.abort(reason),
  };
}

function shared() {
  const outcome = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const says: ((text: string) => void)[] = [];
  const work = shareWork<string, Listener>(({ signal, tell }) => {
    signals.push(signal);
    says.push((text) => tell((one) => one.hear(text)));
    return outcome.promise;
  });
  return { work, outcome, signals, say: (text: string) => says[0]?.(text) };
}

test("is done once for all who join", async () => {
  const { work, outcome, signals } = shared();
  const joined = [1, 2, 3].map(() => work.join(listener()));
  outcome.resolve("done");
  expect(await Promise.all(joined)).toEqual(["done", "done", "done"]);
  expect(signals).toHaveLength(1);
});

test("goes on when one of those who wait leaves, and is aborted when the last one does", async () => {
  const { work, signals } = shared();
  const [first, second] = [listener(), listener()];
  const waiting = [work.join(first), work.join(second)];
  first.leave(new Error("first left"));
  await expect(waiting[0]).rejects.toThrow("first left");
  expect(signals[0]?.aborted).toBe(false);
  expect(work.isOver).toBe(false);

  second.leave(new Error("second left"));
  await expect(waiting[1]).rejects.toThrow("second left");
  expect(signals[0]?.aborted).toBe(true);
  expect(work.isOver).toBe(true);
});

test("fails for all who wait, and is over then", async () => {
  const { work, outcome } = shared();
  const joined = [1, 2].map(() => work.join(listener()));
  outcome.reject(new Error("broken"));
  for (const one of joined) await expect(one).rejects.toThrow("broken");
  expect(work.isOver).toBe(true);
});

test("does not wait when the signal has aborted before", async () => {
  const { work } = shared();
  const gone = listener();
  gone.leave(new Error("gone"));
  await expect(work.join(gone)).rejects.toThrow("gone");
});

test("tells everybody who waits what it has to say, and nobody who has left", async () => {
  const { work, outcome, say } = shared();
  const [first, second] = [listener(), listener()];
  const waiting = [work.join(first), work.join(second)];
  say("slow");
  first.leave(new Error("left"));
  await expect(waiting[0]).rejects.toThrow("left");
  say("slower");
  outcome.resolve("done");
  expect(await waiting[1]).toBe("done");
  expect([first.heard, second.heard]).toEqual([["slow"], ["slow", "slower"]]);
});

test("tells who joins late the last thing that it said", async () => {
  const { work, outcome, say } = shared();
  const [first, late] = [listener(), listener()];
  const waiting = [work.join(first)];
  say("slow");
  say("slower");
  waiting.push(work.join(late));
  outcome.resolve("done");
  await Promise.all(waiting);
  expect(late.heard).toEqual(["slower"]);
});
