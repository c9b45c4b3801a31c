import { manualClock } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { createComponentLife } from "./component-life.ts";
import { silentLogger } from "./logger.ts";

function setUp() {
  const clock = manualClock();
  const stop = new AbortController();
  const told: object[] = [];
  const note = (fields: object, message: string): void => void told.push({ ...fields, message });
  const logger = { ...silentLogger, warn: note, error: note };
  return {
    clock,
    stop,
    told,
    life: createComponentLife({ stop: stop.signal, graceMs: 5000, clock, logger }),
  };
}

describe("making a component", () => {
  test("that takes long is told again and again, by its name", async () => {
    const { clock, told, life } = setUp();
    const { promise, resolve } = Promise.withResolvers<object>();
    const made = life.make("exporters.own", () => promise);
    for (let n = 0; n < 2; n++) {
      clock.advance(await clock.nextSleep());
      await expect.poll(() => told).toHaveLength(n + 1);
    }
    const component = {};
    resolve(component);
    expect(await made).toBe(component);
    expect(told).toMatchObject([{ component: "exporters.own" }, { component: "exporters.own" }]);
  });

  test("that fails at once or later rejects with what was thrown", async () => {
    const { life } = setUp();
    const fail = (): never => {
      throw new Error("no licence");
    };
    await expect(life.make("a", fail)).rejects.toThrow("no licence");
    await expect(life.make("a", async () => fail())).rejects.toThrow("no licence");
  });

  test("is not begun after the stop", async () => {
    const { stop, life } = setUp();
    stop.abort(new Error("stopped"));
    let begun = false;
    const made = life.make("a", () => {
      begun = true;
      return {};
    });
    await expect(made).rejects.toThrow("stopped");
    expect(begun).toBe(false);
  });
});

describe("the end of a component", () => {
  test("is waited for no longer than the grace time", async () => {
    const { clock, told, life } = setUp();
    const ended = life.end("a", { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) });
    expect(await clock.nextSleep()).toBe(5000);
    clock.advance(5000);
    await ended;
    expect(told).toMatchObject([{ component: "a", graceMs: 5000 }]);
  });

  test.for([
    {
      way: "at once",
      dispose: () => {
        throw new Error("broken");
      },
    },
    {
      way: "later",
      dispose: async () => {
        throw new Error("broken");
      },
    },
  ])("that fails $way is told, and disturbs nobody", async ({ dispose }) => {
    const { told, life } = setUp();
    await life.end("a", { [Symbol.asyncDispose]: dispose });
    expect(told).toEqual([
      { component: "a", error: new Error("broken"), message: "A component was not closed properly." },
    ]);
  });
});
