// What `concurrency: adaptive` finds, beside the best of fixed numbers, at endpoints that are simulated: no time passes
// but simulated time, and the same figures come out each time. Prints a Markdown table.
// Run by `node --conditions=source bench/adaptive.ts`.
import {
  defersBeyond,
  dropsBeyond,
  type Endpoint,
  failsByChance,
  longTail,
  moody,
  shallowKnee,
  takesPerSecond,
  unlimited,
  workers,
} from "../packages/pipeline/src/adaptive-endpoints.test-kit.ts";
import { type Simulated, simulate } from "../packages/pipeline/src/adaptive-simulation.test-kit.ts";
import { deliverySettings, toDeliveryPolicy } from "../packages/pipeline/src/delivery-settings.ts";
import { retryOnFailure } from "../packages/pipeline/src/retrying.ts";

const endpoints: Readonly<Record<string, () => Endpoint>> = {
  "constant, 20 ms": () => unlimited(20),
  "constant, 100 ms": () => unlimited(100),
  "jittery, 100 ms ± 30 %": () => unlimited(100, 0.3),
  "very jittery, 100 ms ± 80 %": () => unlimited(100, 0.8),
  "slow now and then": moody,
  "one answer of fifty takes a second longer": () => longTail,
  "slow, 2 s": () => unlimited(2000, 0.2),
  "2 workers, 20 ms ± 30 %": () => workers(2, 20, 0.3),
  "10 workers, 50 ms": () => workers(10, 50),
  "10 workers, 50 ms ± 50 %": () => workers(10, 50, 0.5),
  "30 workers, 50 ms ± 30 %": () => workers(30, 50, 0.3),
  "shallow knee at 10, 100 ms": () => shallowKnee,
  "503 beyond 2, 50 ms": () => defersBeyond(2),
  "503 beyond 10, 50 ms": () => defersBeyond(10),
  "no answer beyond 10, 50 ms, time-out 5 s": () => dropsBeyond(10),
  "429 beyond 10, Retry-After 1 s": () => defersBeyond(10, 1000),
  "429 beyond 100 a second, Retry-After 1 s": () => takesPerSecond(100),
  "500 for one call of a hundred, 50 ms": () => failsByChance(0.01),
};

const fixed = [1, 2, 3, 4, 5, 6, 8, 10, 11, 13, 16, 20, 25, 30, 35, 40, 50, 64];
/** More is better only if it delivers so much more: of two that do as well the lower one is the better one. */
const worthMore = 1.01;
const seed = 1;

/** The defaults, as a user gets them. */
const adaptive = toDeliveryPolicy({
  max_batch_size: 1,
  concurrency: deliverySettings.concurrency.parse("adaptive"),
  on_rejected: "park",
  max_parked: 1,
  max_rejected_in_row: 0,
  retry_on_failure: retryOnFailure().parse(undefined),
});

/** A slow endpoint takes longer to be known. */
const isSlow = (name: string): boolean => name.startsWith("slow, 2 s");

async function bestFixed(name: string, make: () => Endpoint) {
  let best = { concurrency: 0, perSecond: 0 };
  for (const concurrency of fixed) {
    const time = isSlow(name) ? { ms: 120_000, fromMs: 20_000 } : { ms: 20_000, fromMs: 5000 };
    const { deliveredPerSecond } = await simulate(make(), { delivery: { concurrency }, ...time, seed });
    if (deliveredPerSecond > best.perSecond * worthMore)
      best = { concurrency, perSecond: deliveredPerSecond };
  }
  return best;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const found = ({ limitAt }: Simulated): string => `${limitAt(0.5)} (${limitAt(0.1)}..${limitAt(0.9)})`;

const print = (...cells: unknown[]): void => void process.stdout.write(`| ${cells.join(" | ")} |\n`);

print("Endpoint", "Best fixed", "Found: median (p10..p90)", "Throughput of the best", "Refused");
print("---", "---:", "---:", "---:", "---:");
for (const [name, make] of Object.entries(endpoints)) {
  const best = await bestFixed(name, make);
  const time = isSlow(name) ? { ms: 360_000, fromMs: 120_000 } : { ms: 90_000, fromMs: 30_000 };
  const run = await simulate(make(), { delivery: adaptive, ...time, seed });
  const share = run.deliveredPerSecond / best.perSecond;
  print(name, best.concurrency, found(run), percent(share), percent(run.refusedShare));
}
