import { expect, test } from "vitest";
import type { BreakerName } from "./chaos/breakers.ts";
import { makePlan, type Plan } from "./chaos/plan.ts";
import type { WebhookFaultKind } from "./chaos/planned-faults.ts";
import { runSeed } from "./chaos/run-seed.ts";

/** Plans with a crash while a request is under way, and with nothing in them that excuses repeats. */
function* sharpPlans(needed: WebhookFaultKind | undefined): Generator<Plan> {
  for (let seed = 1; ; seed++) {
    const plan = makePlan(seed);
    const { tenantFaults, lateEntries, lives, lanes } = plan;
    const isReordered = tenantFaults.some(({ kind }) => kind === "duplicates" || kind === "out of order");
    const isCrashed = lives.some(({ end }) => end?.signal === "SIGKILL" && end.at === "webhook received");
    const isHurt = lives.some(({ storageFaults }) => storageFaults.length > 0);
    const isSplit = lanes.some(({ faults }) => faults.some(({ kind }) => kind === "too large"));
    const isGrouped = lanes.some(({ sendAsBatch, maxBatchSize }) => sendAsBatch && maxBatchSize >= 7);
    const isFit =
      needed === undefined || lanes.every(({ faults }) => faults.some(({ kind }) => kind === needed));
    if (isFit && isCrashed && isGrouped && !isReordered && !isHurt && !isSplit && lateEntries === 0)
      yield plan;
  }
}

const mostSeeds = 15;

test.for<[BreakerName, string, WebhookFaultKind?]>([
  ["settles before the answer", "LOST"],
  ["drops an entry", "LOST"],
  ["takes an error for an answer", "LOST", "server error"],
  ["changes an entry", "CORRUPTED"],
  ["repeats without a reason", "REPEATED"],
  ["forgets where batches ended", "REGROUPED"],
])("the oracle finds out a loghook that %s", { timeout: 200_000 }, async ([breaker, expected, needed]) => {
  const found: string[] = [];
  for (const plan of sharpPlans(needed).take(mostSeeds)) {
    const { findings } = await runSeed(plan, { breaker, stopsAtFinding: true, timeoutMs: 8_000 });
    found.push(...findings.map((finding) => `seed ${plan.seed}: ${finding}`));
    if (findings.some((finding) => finding.startsWith(expected))) return;
  }
  expect.fail(`In ${mostSeeds} seeds nothing begins with ${expected}: ${found.join("\n")}`);
});
