import type { Tenant } from "@loghook/auth0-simulator";
import type { CheckingWebhook } from "./checking-webhook.ts";
import type { ChildNote } from "./child-notes.ts";
import type { States } from "./peek.ts";
import type { LifePlan, Plan } from "./plan.ts";
import type { TenantWriter } from "./tenant-writer.ts";

/** A start of the process, as it was. */
export interface Life {
  readonly plan: LifePlan;
  /** Exit code or signal; `impatience`: it took too long. Undefined: it has not ended. */
  ended: number | string | undefined;
  readonly notes: ChildNote[];
  /** What the storage said when it had ended. */
  states: States;
  /** The end of what it printed. */
  output: string;
}

/** What happened in a seed, for the judge. */
export interface SeedRun {
  readonly plan: Plan;
  readonly tenant: Tenant;
  readonly webhook: CheckingWebhook;
  readonly writer: TenantWriter;
  readonly lives: Life[];
  /** Entries that the tenant gave out twice. */
  readonly servedAgain: Set<string>;
  /** Entries that it gave out in another order than that of their ids. */
  readonly shuffled: Set<string>;
  /** When this process got no time: who gets none answers late. Of the clock of `monotonicMs`. */
  readonly stalls: readonly { readonly from: number; readonly to: number }[];
}

/** Adds to how often something has happened. */
export type Count = (kind: string, by?: number) => void;
