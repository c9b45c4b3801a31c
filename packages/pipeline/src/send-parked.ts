import { dirname, resolve } from "node:path";
import { graceMs, openBeside, withoutWriting } from "./beside-owner.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { DeliveryPolicy, Exporter, LogBatch } from "./component.ts";
import { type ComponentLife, createComponentLife } from "./component-life.ts";
import type { LoghookConfig } from "./config/config.ts";
import { checkDelivery, defaultDelivery } from "./delivery-settings.ts";
import { StorageError } from "./errors.ts";
import { type LanePlan, noSuchLane, planLanes } from "./lane-plan.ts";
import { limiting } from "./limiting.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { pacing } from "./pacing.ts";
import { parking } from "./parking.ts";
import { recordFromText } from "./record-text.ts";
import { noStreak } from "./refusal-streak.ts";
import { divide, type RetryNotice, retrying } from "./retrying.ts";
import { splitting } from "./splitting.ts";
import type { ParkedRecord, Storage } from "./storage.ts";

export interface SendParkedOptions {
  /** Of this lane alone. Default: of every lane. */
  readonly lane?: string | undefined;
  /** These alone, by their `log.record.uid`. Default: all. */
  readonly uids?: readonly string[] | undefined;
  /** Breaks it off: what was not taken until then stays parked. */
  readonly signal: AbortSignal;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** Told before each wait for the destination of a lane. */
  readonly onRetry?: ((lane: string, notice: RetryNotice) => void) | undefined;
}

/** What became of the parked records of a lane that were to be sent. */
export interface ParkedLaneOutcome {
  readonly lane: string;
  /** The destination took them, and they are not parked any more. */
  readonly delivered: readonly ParkedRecord[];
  /**
   * Refused once more, with what was said of them now; or not to be sent at all, since nothing of a record is kept that
   * can be read. They stay parked.
   */
  readonly refused: readonly ParkedRecord[];
  /** Not sent. They stay parked. */
  readonly left: readonly ParkedRecord[];
  /** Why some were not sent. Undefined: the config has no such lane, or none is left. */
  readonly error?: unknown;
}

/** As in a run. */
const defaultElapsedMs = 300_000;

/**
 * Delivers parked records once more, through the exporters as the config has them now, and takes from the storage what
 * was delivered. What is refused again, however much, keeps nothing else back: each is tried once. A destination that
 * fails is tried again as in a run, and ends it for its lane when it goes on failing. May be done beside the loghook that
 * runs. Killed between delivery and taking out, it leaves records parked that were delivered; they have the same ids the
 * next time.
 *
 * @throws {ConfigError} when an exporter cannot be made, or the lane is neither in the config nor one of what is parked;
 * {StorageError} when the storage cannot be read or written
 */
export async function sendParked(
  config: LoghookConfig,
  options: SendParkedOptions,
): Promise<ParkedLaneOutcome[]> {
  const { signal, logger = silentLogger, clock = systemClock } = options;
  const life = createComponentLife({ stop: signal, graceMs, clock, logger });
  await using used = new AsyncDisposableStack();
  const storage = await openBeside(config, { logger, clock, life, mayRemoveParked: true });
  used.defer(() => life.end(`extensions.${config.storage.id}`, storage));
  const plans = new Map(planLanes(config).map((plan) => [plan.id, plan]));
  const parkedOf = await parkedByLane(storage, options);
  if (
    options.lane !== undefined &&
    !plans.has(options.lane) &&
    (await storage.parked.count(options.lane)) === 0
  )
    throw noSuchLane(config, options.lane);
  const outcomes: ParkedLaneOutcome[] = [];
  for (const [lane, parked] of parkedOf) {
    const plan = plans.get(lane);
    if (plan)
      outcomes.push(await sendLane(plan, parked, { ...options, logger, clock, life, storage, config }));
    else outcomes.push({ lane, delivered: [], refused: [], left: parked });
  }
  return outcomes;
}

async function parkedByLane(
  storage: Storage,
  { lane, uids }: SendParkedOptions,
): Promise<Map<string, ParkedRecord[]>> {
  const wanted: ParkedRecord[] = [];
  if (!uids) wanted.push(...(await storage.parked.list({ lane })));
  else for (const uid of new Set(uids)) wanted.push(...(await storage.parked.list({ lane, uid })));
  return Map.groupBy(wanted, (parked) => parked.lane);
}

interface SendLaneOptions extends SendParkedOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly life: ComponentLife;
  readonly storage: Storage;
  readonly config: LoghookConfig;
}

async function sendLane(
  plan: LanePlan,
  all: readonly ParkedRecord[],
  options: SendLaneOptions,
): Promise<ParkedLaneOutcome> {
  const { life, storage } = options;
  const lane = plan.id;
  const { id, factory, config } = plan.exporter;
  await using used = new AsyncDisposableStack();
  const made = await life.make(`exporters.${id}`, () =>
    factory.create(config, exporterSettings(id, options)),
  );
  used.defer(() => life.end(`exporters.${id}`, made));
  const policy = checkDelivery(factory.delivery?.(config) ?? defaultDelivery, `The exporter ${id}`);
  const refusals = collectRefusals();
  const exporter = asInARun(made, { ...options, lane, policy, refusals });
  const delivered: ParkedRecord[] = [];
  const { parked = [], refused = [] } = Object.groupBy(all, (one) =>
    isReadable(one) ? "parked" : "refused",
  );
  for (let start = 0; start < parked.length; start += policy.maxBatchSize) {
    const sent = await sendGroup(parked.slice(start, start + policy.maxBatchSize), {
      exporter,
      refusals,
      signal: options.signal,
    });
    delivered.push(...sent.delivered);
    refused.push(...sent.refused);
    await keep(storage, { lane, ...sent });
    if (sent.error === undefined) continue;
    const left = [...sent.left, ...parked.slice(start + policy.maxBatchSize)];
    return { lane, delivered, refused, left, error: sent.error };
  }
  return { lane, delivered, refused, left: [] };
}

/** Of what the disk has changed a storage may give out no more than whose it is. */
function isReadable({ record }: ParkedRecord): boolean {
  try {
    recordFromText(record);
    return true;
  } catch {
    return false;
  }
}

interface SendGroupOptions {
  readonly exporter: Exporter;
  readonly refusals: Refusals;
  readonly signal: AbortSignal;
}

type Sent = Omit<ParkedLaneOutcome, "lane">;

async function sendGroup(
  group: readonly ParkedRecord[],
  { exporter, refusals, signal }: SendGroupOptions,
): Promise<Sent> {
  const batch = group.map(({ record }) => recordFromText(record));
  const { taken, error } = await send(exporter, batch, signal);
  const refused = group.flatMap((known) => {
    const refusal = refusals.of(known.uid);
    if (!refusal) return [];
    return { ...refusal, attempts: known.attempts + refusal.attempts, record: known.record };
  });
  const isRefused = ({ uid }: ParkedRecord): boolean => refusals.of(uid) !== undefined;
  const isTaken = (_known: ParkedRecord, index: number): boolean =>
    taken.has(batch[index] as LogBatch[number]);
  return {
    delivered: group.filter((known, index) => isTaken(known, index) && !isRefused(known)),
    refused,
    left: group.filter((known, index) => !isTaken(known, index) && !isRefused(known)),
    error,
  };
}

function exporterSettings(id: string, { config, logger, clock, storage }: SendLaneOptions) {
  return {
    id,
    directory: dirname(resolve(config.file)),
    logger,
    clock,
    storage: withoutWriting(storage.client(`exporter/${id}`)),
    emit() {},
  };
}

async function send(
  exporter: Exporter,
  batch: LogBatch,
  signal: AbortSignal,
): Promise<{ taken: ReadonlySet<LogBatch[number]>; error?: unknown }> {
  try {
    await exporter.export(batch, { signal });
    return { taken: new Set(batch) };
  } catch (error) {
    return {
      taken: new Set(divide(batch, error).taken),
      error: error ?? new Error("The exporter threw nothing."),
    };
  }
}

/** Takes out what was delivered, and says of what was refused why it was, this time. */
async function keep(
  { parked }: Storage,
  { lane, delivered, refused }: Pick<ParkedLaneOutcome, "lane" | "delivered" | "refused">,
): Promise<void> {
  const uids = delivered.map(({ uid }) => uid);
  if (uids.length > 0) await parked.remove(lane, uids);
  for (const record of refused) {
    try {
      // None is added: who has discarded it meanwhile does not find it again.
      await parked.add(record, { atMost: 0 });
    } catch (error) {
      // Where only removing is allowed the former reason stays, and the new one is told.
      if (!(error instanceof StorageError)) throw error;
    }
  }
}

interface RunLikeOptions extends SendLaneOptions {
  readonly lane: string;
  readonly policy: DeliveryPolicy;
  readonly refusals: Refusals;
}

/** The same wrappers as a lane has, but that what is refused alone is collected. */
function asInARun(exporter: Exporter, options: RunLikeOptions): Exporter {
  const { lane, policy, clock, signal, refusals, onRetry } = options;
  const paced = pacing(exporter, { maxCallsPerSecond: policy.maxCallsPerSecond, clock });
  const collecting = parking(limiting(paced, policy.concurrency), {
    onRejected: "park",
    lane,
    store: refusals.store,
    streak: noStreak,
    // Nothing is lost by what is refused: it is parked already.
    maxRejectedInRow: 0,
    clock,
    emit() {},
    onSetAside() {},
  });
  return splitting(
    retrying(collecting, {
      policy: { ...policy.retry, maxElapsedMs: policy.retry.maxElapsedMs ?? defaultElapsedMs },
      clock,
      stop: signal,
      onRetry: (notice) => onRetry?.(lane, notice),
      onRecovered() {},
    }),
  );
}

type Refusals = ReturnType<typeof collectRefusals>;

function collectRefusals() {
  const byUid = new Map<string, ParkedRecord>();
  return {
    of: (uid: string): ParkedRecord | undefined => byUid.get(uid),
    store: {
      async add(record: ParkedRecord): Promise<boolean> {
        byUid.set(record.uid, record);
        return true;
      },
      count: async () => byUid.size,
      list: async () => [...byUid.values()],
      remove: async () => 0,
    },
  };
}
