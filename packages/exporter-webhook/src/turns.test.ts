import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

const closedError = () => new Error("closed");

test("lets only so many run at once, in the order of asking", async () => {
  const turns = createTurns(2, closedError);
  const begun: number[] = [];
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const begins = gates.map(() => Promise.withResolvers<void>());
  const taken = gates.map((gate, index) =>
    turns.take(() => {
      begun.push(index);
      begins[index]?.resolve();
      return gate.promise;
    }),
  );
  await begins[1]?.promise;
  expect(begun).toEqual([0, 1]);
  gates[1]?.resolve();
  await begins[2]?.promise;
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(taken);
});

test("rejects as the task does, and goes on", async () => {
  const turns = createTurns(1, closedError);
  await expect(turns.take(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  await expect(turns.take(() => Promise.resolve())).resolves.toBeUndefined();
});

test("when closed, rejects those who wait and those who come, and waits for those who have begun", async () => {
  const turns = createTurns(1, closedError);
  const gate = Promise.withResolvers<void>();
  const running = turns.take(() => gate.promise);
  const waiting = turns.take(() => Promise.resolve());
  const order: string[] = [];
  const closed = turns.close().then(() => order.push("closed"));
  await expect(waiting).rejects.toThrow("closed");
  await expect(turns.take(() => Promise.resolve())).rejects.toThrow("closed");
  order.push("released");
  gate.resolve();
  await expect(running).resolves.toBeUndefined();
  await closed;
  expect(order).toEqual(["released", "closed"]);
});
