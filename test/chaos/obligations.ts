import type { Plan } from "./plan.ts";
import type { SeedRun } from "./seed-run.ts";

/** An entry that a lane has to deliver, or to park. */
export interface Obligation {
  readonly logId: string;
  readonly json: string;
}

/** By the rule as the config says it, found out anew. */
export function isFiltered({ excludedTypes }: Pick<Plan, "excludedTypes">, json: string): boolean {
  return excludedTypes?.includes((JSON.parse(json) as { type: string }).type) === true;
}

/** The same for all lanes. */
export function obligations({ plan, tenant }: SeedRun): Obligation[] {
  return tenant.entries.filter(({ json }) => !isFiltered(plan, json));
}

/** What a lane's webhook has answered with a whole 2xx. */
export function takenOf({ webhook }: SeedRun, laneName: string): Set<string> {
  const taken = webhook.attempts.filter(({ lane, outcome }) => lane === laneName && outcome === "taken");
  return new Set(taken.flatMap(({ entries }) => entries.map(({ logId }) => logId)));
}

/** What the webhook of each lane has not got yet, poison left aside, said for people. */
export function missing(run: SeedRun): string[] {
  const wanted = obligations(run).filter(({ logId }) => !run.writer.isPoison(logId));
  return run.plan.lanes.flatMap(({ name }) => {
    const taken = takenOf(run, name);
    const left = wanted.filter(({ logId }) => !taken.has(logId));
    return left.map(({ logId }) => `${run.writer.isLate(logId) ? "the late " : ""}${logId} in ${name}`);
  });
}
