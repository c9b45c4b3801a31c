import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { followTenant, laneMemory, settle } from "./look-again.test-kit.ts";
import { countingClock, idsOf } from "./receiver.test-kit.ts";

const overlapMs = 60_000;

/** What happens to a lane, one after the other. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant("written" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant("shown late" as const), behind: fc.nat(8) }),
  fc.record({ kind: fc.constant("time passes" as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  fc.constant({ kind: "the destination stops answering" as const }),
  fc.constant({ kind: "crash" as const }),
);

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Entries that an entry may still show up behind: it is then not older than the overlap. */
function youngEntries({ entries }: Tenant, now: number): string[] {
  return entries
    .filter(({ json }) => Date.parse(JSON.parse(json).date) > now - overlapMs + 10_000)
    .map(({ logId }) => logId);
}

async function play(happenings: readonly Happening[]): Promise<void> {
  const clock = countingClock();
  await using tenant = await startTenant({ now: clock.now, logsItsOwnTokens: false });
  const memory = laneMemory();
  const repeated: unknown[] = [];
  let isAnswering = true;
  const open = () =>
    followTenant(tenant, clock, {
      memory,
      config: { batch_size: 3, poll_interval: "15s", overlap: `${overlapMs / 1000}s` },
      async handle(delivery) {
        repeated.push(...idsOf([delivery]).filter((uid) => memory.settled.has(String(uid))));
        if (isAnswering) await settle(memory, delivery);
      },
    });
  let lane = open();
  for (const one of happenings) {
    await lane.pause();
    if (one.kind === "written") tenant.generate(one.count);
    if (one.kind === "shown late") {
      const behind = youngEntries(tenant, clock.now()).at(-one.behind - 1);
      if (behind !== undefined) tenant.appendLate({ type: "limit_wc" }, behind);
    }
    if (one.kind === "time passes") clock.advance(one.ms);
    if (one.kind === "the destination stops answering") isAnswering = false;
    if (one.kind === "crash") {
      await lane[Symbol.asyncDispose]();
      isAnswering = true;
      lane = open();
    }
  }
  await lane.pause();
  await lane[Symbol.asyncDispose]();
  isAnswering = true;
  await using last = open();
  await last.pause();
  await last.pass(2 * overlapMs);
  expect([...memory.settled].toSorted()).toEqual(tenant.entries.map(({ logId }) => logId));
  expect(repeated).toEqual([]);
}

test("whatever shows up late, however often it crashes: every entry is settled, and nothing settled is given out again", async () => {
  await fc.assert(fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 40 }), play), {
    numRuns: 40,
  });
}, 60_000);
