import type { Tenant } from "@loghook/auth0-simulator";
import type { Delivery, LogBatch, ReceiveOptions, StorageClient } from "@loghook/pipeline";
import { memoryStorage } from "@loghook/testkit";
import {
  type countingClock,
  idsOf,
  receiverOf,
  type TestReceiver,
  until,
  lane as usualLane,
} from "./receiver.test-kit.ts";

/** What a lane has settled, as a host keeps it, and a storage that outlives its receivers. */
export interface LaneMemory {
  readonly settled: Set<string>;
  readonly storage: StorageClient;
  readonly settledAmong: NonNullable<ReceiveOptions["settledAmong"]>;
}

export function laneMemory(): LaneMemory {
  const settled = new Set<string>();
  return {
    settled,
    storage: memoryStorage().client("auth0"),
    settledAmong: async (batch) => new Set(uidsOf(batch)).intersection(settled),
  };
}

function uidsOf(batch: LogBatch): string[] {
  return batch.map(({ attributes }) => String(attributes["log.record.uid"]));
}

/** Settles a delivery as a pipeline does: first in the ledger, then the checkpoint. */
export async function settle(
  { settled }: LaneMemory,
  { batch, ack }: Delivery,
  count?: number,
): Promise<void> {
  for (const uid of uidsOf(batch.slice(0, count))) settled.add(uid);
  await ack(count);
}

export interface FollowOptions {
  readonly memory?: LaneMemory | undefined;
  readonly lane?: string;
  readonly config?: Record<string, unknown>;
  /** Default: settles it. */
  readonly handle?: (delivery: Delivery) => unknown;
}

/** A receiver that follows the tenant's log, by the tenant's clock. */
export function followTenant(
  tenant: Tenant,
  clock: ReturnType<typeof countingClock>,
  options: FollowOptions = {},
) {
  const { memory, lane = usualLane, config = {} } = options;
  const handle = options.handle ?? ((delivery) => (memory ? settle(memory, delivery) : delivery.ack()));
  const overrides = { clock, ...(memory && { storage: memory.storage }) };
  const receiver: TestReceiver = receiverOf(tenant, { start_from: "2026-01-01", ...config }, overrides);
  const stop = new AbortController();
  const deliveries: Delivery[] = [];
  const receiveOptions = {
    lane,
    follow: true,
    signal: stop.signal,
    ...(memory && { settledAmong: memory.settledAmong }),
  };
  const reading = (async () => {
    for await (const delivery of receiver.receive(receiveOptions)) {
      deliveries.push(delivery);
      await handle(delivery);
    }
  })();
  return {
    receiver,
    deliveries,
    ids: (): unknown[] => idsOf(deliveries),
    /** Resolves when everything is read and it pauses. */
    pause: () => until(() => clock.asleep === 1),
    /** Moves the clock from poll to poll. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 15_000) {
        clock.advance(15_000);
        await until(() => clock.asleep === 1);
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
      await receiver[Symbol.asyncDispose]();
    },
  };
}

export function logReads({ requests }: Tenant): number {
  return requests.filter(({ path }) => path === "/api/v2/logs").length;
}
