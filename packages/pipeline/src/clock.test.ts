import { describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";

const dayMs = 24 * 60 * 60 * 1000;

describe("sleeping on the system's clock", () => {
  test.for([26 * dayMs, 2 ** 31])(
    "for %i ms, longer than a timer can run, does not end at once",
    async (ms) => {
      const controller = new AbortController();
      const slept = systemClock.sleep(ms, { signal: controller.signal }).then(
        () => "woke",
        (error: unknown) => error,
      );
      // A timer that is asked for too much runs for 1 ms, so these, each of which begins later, end after it.
      await systemClock.sleep(1, {});
      await systemClock.sleep(1, {});
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await slept).toBe(reason);
    },
  );

  test("rejects with the reason when the signal is aborted already", async () => {
    const reason = new Error("too late");
    await expect(systemClock.sleep(1000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
