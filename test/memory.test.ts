import { expect, test } from "vitest";
import { outages, startLargeTenant, watchMemory } from "./memory-watch.ts";

/** What a heap may differ by after a collection, whatever goes on: less than two pages of the log. */
const boundBytes = 256 * 1024;

const options = { timeout: 180_000 };

test.for(outages)(
  "a destination that %s holds up the reading, and memory stays as it is",
  options,
  async (outage) => {
    await using tenant = await startLargeTenant(20_000);
    const { samples, pagesAfter } = await watchMemory({
      tenant,
      outage,
      lanes: 1,
      samples: 3,
      retriesBetween: 30,
    });
    const [, before, after] = samples.map(({ heapUsed }) => heapUsed) as [number, number, number];
    expect(after - before).toBeLessThan(boundBytes);
    expect(pagesAfter).toBe(0);
  },
);
