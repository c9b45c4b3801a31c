import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { laneId } from "./chaos-config.ts";
import { missing } from "./obligations.ts";
import type { SeedResult } from "./run-seed.ts";
import type { SeedRun } from "./seed-run.ts";

/** All that one needs to find out why a seed fails. */
export function describe(run: SeedRun): string {
  const attempts = run.webhook.attempts.map(({ lane, life, id, entries, outcome }) => {
    const ids = entries.map(({ logId }) => logId.slice(9, 26));
    return `  life ${life + 1} ${lane} ${id.slice(0, 12)} ${outcome}: ${entries.length} of ${ids[0]} to ${ids.at(-1)}`;
  });
  const lives = run.lives.map(
    ({ ended, notes, states, output }, index) =>
      `life ${index + 1} ended by ${ended}; ${JSON.stringify([...states].map(([lane, { checkpoint }]) => [lane, checkpoint?.slice(9, 26)]))}\n${notes.map((note) => `  ${JSON.stringify(note)}`).join("\n")}\n${output.slice(-6000)}`,
  );
  return [
    `plan ${JSON.stringify(run.plan, undefined, 1)}`,
    `lanes ${run.plan.lanes.map(laneId).join(", ")}; ${run.tenant.entries.length} entries`,
    ...lives,
    `missing: ${missing(run).join(", ") || "nothing"}`,
    `${run.tenant.requests.length} requests of the tenant, the last ones:`,
    ...run.tenant.requests.slice(-5).map((request) => `  ${JSON.stringify(request)}`),
    "last requests of the webhook:",
    ...attempts.slice(-60),
  ].join("\n");
}

const mostFindings = 10;

/** What was found in a seed, in a few lines, with where all about it can be read. Undefined: nothing was found. */
export function told({ seed, findings, report }: SeedResult): string | undefined {
  if (findings.length === 0) return undefined;
  const file = join(tmpdir(), `loghook-chaos-seed-${seed}.txt`);
  writeFileSync(file, `${findings.join("\n")}\n\n${report}`);
  return [
    `Seed ${seed}: ${findings.length} findings. All about it: ${file}. Again: pnpm chaos --seed ${seed}`,
    ...findings.slice(0, mostFindings).map((finding) => `  ${finding}`),
  ].join("\n");
}
