import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { startCheckingWebhook } from "./checking-webhook.ts";
import type { Plan } from "./plan.ts";
import { seededRandom } from "./random.ts";
import { createScene, type Scene } from "./scene.ts";
import type { Count, SeedRun } from "./seed-run.ts";
import { watchStalls } from "./stalls.ts";
import { startTenantFront, type TenantFront } from "./tenant-front.ts";
import { createTenantWriter } from "./tenant-writer.ts";

export interface StageOptions {
  readonly count: Count;
  /** A request that loghook should not have made. */
  onProblem(problem: string): void;
}

/** The world around loghook in one seed: a tenant with what stands before it, and a webhook. */
export interface Stage extends AsyncDisposable {
  readonly run: SeedRun;
  readonly front: TenantFront;
  readonly scene: Scene;
  readonly tenant: Tenant;
  readonly tenantUrl: string;
  readonly webhookUrl: string;
}

export async function openStage(plan: Plan, { count, onProblem }: StageOptions): Promise<Stage> {
  const { seed, initialEntries, logsItsOwnTokens, lanes, tenantFaults, poisonStatus } = plan;
  await using opened = new AsyncDisposableStack();
  const scene = createScene();
  const stalls = opened.use(watchStalls());
  const tenant = opened.use(await startTenant({ seed, entries: initialEntries, logsItsOwnTokens }));
  const writer = createTenantWriter(tenant, plan, seededRandom(seed, 1));
  const lives: SeedRun["lives"] = [];
  const servedAgain = new Set<string>();
  const shuffled = new Set<string>();
  const front = opened.use(
    await startTenantFront({
      tenant,
      faults: tenantFaults,
      random: seededRandom(seed, 2),
      events: {
        beforeRead() {
          writer.write();
          scene.tell("tenant");
        },
        onFault: count,
        onServedAgain(logIds) {
          for (const logId of logIds) servedAgain.add(logId);
        },
        onShuffled(logIds) {
          for (const logId of logIds) shuffled.add(logId);
        },
      },
    }),
  );
  const webhook = opened.use(
    await startCheckingWebhook(lanes, {
      life: () => lives.length - 1,
      isPoison: writer.isPoison,
      poisonStatus,
      onReceived: () => scene.tell("webhook received"),
      onAnswered: () => scene.tell("webhook answered"),
      onProblem,
      onFault: count,
    }),
  );
  const run = { plan, tenant, webhook, writer, lives, servedAgain, shuffled, stalls: stalls.list };
  const all = opened.move();
  return {
    run,
    front,
    scene,
    tenant,
    tenantUrl: front.url,
    webhookUrl: webhook.url,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
