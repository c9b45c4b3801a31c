import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { whenAborted } from "./when-aborted.ts";

test("everybody who waits is told the reason, once, in the order in which they came", () => {
  const controller = new AbortController();
  const told: unknown[] = [];
  for (const name of ["a", "b"]) whenAborted(controller.signal, (reason) => told.push([name, reason]));
  controller.abort("stop");
  controller.abort("again");
  expect(told).toEqual([
    ["a", "stop"],
    ["b", "stop"],
  ]);
});

test.for([0, 1, 2, 3])(
  "who does not wait any more is not told, and the others are in their order: number %i of four",
  (leaving) => {
    const controller = new AbortController();
    const told: number[] = [];
    const forget = [0, 1, 2, 3].map((n) => whenAborted(controller.signal, () => told.push(n)));
    forget[leaving]?.();
    forget[leaving]?.();
    controller.abort();
    expect(told).toEqual([0, 1, 2, 3].filter((n) => n !== leaving));
  },
);

test("a signal that has aborted tells at once", () => {
  const told: unknown[] = [];
  whenAborted(AbortSignal.abort("stop"), (reason) => told.push(reason));
  expect(told).toEqual(["stop"]);
});

test("many who wait have one listener between them", () => {
  const { signal } = new AbortController();
  for (let n = 0; n < 100; n++) whenAborted(signal, () => {});
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
});

test("who leaves while the others are told is not told, and who comes then is", () => {
  const controller = new AbortController();
  const told: string[] = [];
  let forgetSecond = (): void => {};
  whenAborted(controller.signal, () => {
    told.push("first");
    forgetSecond();
    whenAborted(controller.signal, () => told.push("third"));
  });
  forgetSecond = whenAborted(controller.signal, () => told.push("second"));
  controller.abort();
  expect(told).toEqual(["first", "third"]);
});
