import { dirname, resolve } from "node:path";
import { type AuditWindow, compareLane, type LaneComparison } from "./audit-lane.ts";
import type { AuditError, AuditReport, AuditVerdict } from "./audit-report.ts";
import { explainWith, type NamedProcessor } from "./audit-rules.ts";
import { graceMs, openBeside, withoutWriting } from "./beside-owner.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ComponentFactory, ComponentSettings, Receiver } from "./component.ts";
import { type ComponentLife, createComponentLife } from "./component-life.ts";
import type { LoghookConfig } from "./config/config.ts";
import { ConfigError, LoghookError } from "./errors.ts";
import { isSameComponent, type LanePlan, noSuchLane, planLanes } from "./lane-plan.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { LedgerPart, Storage } from "./storage.ts";
import type { PipelineEvent } from "./telemetry.ts";

export interface AuditOptions {
  /** The window, by the times of entries, in milliseconds since 1970. Default: from where the ledger begins. */
  readonly from?: number | undefined;
  /** Not part of the window. Default: all that the source has by now, also what is dated later. */
  readonly to?: number | undefined;
  /** This lane alone. Default: all. */
  readonly lane?: string | undefined;
  /** Ends it; the call then rejects with the reason. */
  readonly signal: AbortSignal;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** Hears how many entries of a receiver have been listed, page by page. */
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Hears of each wait for a source that fails, with the name of its receiver. */
  readonly onRetry?: ((receiver: string, retry: AuditRetry) => void) | undefined;
}

export type AuditRetry = Pick<PipelineEvent & { type: "retry.scheduled" }, "error" | "delayMs">;

export interface AuditProgress {
  /** As the config names it. */
  readonly receiver: string;
  readonly listed: number;
}

/** Where a lane has no ledger there is nothing to go by; this much is looked at all the same. */
const windowWithoutLedgerMs = 7 * 86_400_000;

/** A source's order and the times of its entries may differ by this much. */
const listingMarginMs = 600_000;

/**
 * Lists what each source holds of a window, afresh, and compares it with what each lane has settled. Delivers nothing
 * and changes nothing: it may run beside a running loghook, and what its components store is forgotten.
 *
 * What a lane has settled beyond the source's retention cannot be compared, and is not in the report.
 *
 * @throws {ConfigError} when a component cannot be made, there is no such lane, or the storage can only be opened by its
 * owner; {StorageError} when it cannot be read. A source that cannot be listed is told in the report.
 */
export async function auditPipelines(config: LoghookConfig, options: AuditOptions): Promise<AuditReport> {
  const { signal, logger = silentLogger, clock = systemClock } = options;
  const at = clock.now();
  const plans = planLanes(config).filter(({ id }) => options.lane === undefined || id === options.lane);
  if (plans.length === 0) throw noSuchLane(config, options.lane ?? "");
  const life = createComponentLife({ stop: signal, graceMs, clock, logger });
  await using used = new AsyncDisposableStack();
  const storage = await openBeside(config, { logger, clock, life });
  used.defer(() => life.end(`extensions.${config.storage.id}`, storage));
  const settingsFor = (kind: ComponentFactory["kind"], id: string): ComponentSettings => ({
    id,
    directory: dirname(resolve(config.file)),
    logger,
    clock,
    storage: withoutWriting(storage.client(`${kind}/${id}`)),
    emit(event) {
      if (event.type === "retry.scheduled" && kind === "receiver") options.onRetry?.(id, event);
    },
  });
  const window = { from: options.from, to: options.to ?? Number.POSITIVE_INFINITY };
  const parts: AuditParts = { ...options, at, used, life, storage, settingsFor, window };
  const lanes: AuditReport["lanes"][number][] = [];
  for (const group of byReceiver(plans)) lanes.push(...(await auditReceiver(group, parts)));
  signal.throwIfAborted();
  const order = plans.map(({ id }) => id);
  lanes.sort((a, b) => order.indexOf(a.lane) - order.indexOf(b.lane));
  const worst = verdicts.find((verdict) => lanes.some((lane) => lane.verdict === verdict)) ?? "complete";
  return { version: 1, at: new Date(at).toISOString(), verdict: worst, lanes };
}

const verdicts: readonly AuditVerdict[] = ["missing", "unknown", "complete"];

interface AuditParts extends AuditOptions {
  /** When it began. */
  readonly at: number;
  /** Disposes of what was made for the audit. */
  readonly used: AsyncDisposableStack;
  readonly life: ComponentLife;
  readonly storage: Storage;
  settingsFor(kind: ComponentFactory["kind"], id: string): ComponentSettings;
  readonly window: Pick<AuditWindow, "from" | "to">;
}

interface ReadLane {
  readonly plan: LanePlan;
  readonly passed: Awaited<ReturnType<NonNullable<Receiver["passed"]>>>;
  readonly ledger: LedgerPart | undefined;
  readonly parked: ReadonlySet<string>;
}

/** The lanes of one receiver, with one listing for all of them. */
async function auditReceiver(
  plans: readonly [LanePlan, ...LanePlan[]],
  parts: AuditParts,
): Promise<AuditReport["lanes"]> {
  const { at, used, life, settingsFor, window } = parts;
  const { id, factory, config } = plans[0].receiver;
  const create = () => factory.create(config, settingsFor("receiver", id));
  const receiver = await life.make(`receivers.${id}`, create);
  used.defer(() => life.end(`receivers.${id}`, receiver));

  const read = await Promise.all(plans.map((plan) => readLane(plan, receiver, parts)));
  const begins = read.map(({ ledger }) => window.from ?? ledger?.begin?.time ?? withoutLedger(parts));
  const listFrom = Math.min(...begins) - listingMarginMs;
  const comparisons: LaneComparison[] = [];
  for (const { plan, ...known } of read) {
    const explain = explainWith(await makeProcessors(plan, parts));
    const own = { ...known, lane: plan.id, explain };
    const from = window.from ?? (known.ledger?.begin ? undefined : withoutLedger(parts));
    comparisons.push(compareLane(own, { from, to: window.to, listFrom }));
  }
  const error = await compareAll(receiver, comparisons, { ...parts, receiver: id, listFrom });
  const why = error ?? (parts.storage.ledger ? undefined : noLedger);
  const to = new Date(parts.to ?? at).toISOString();
  return comparisons.map((comparison) => ({ ...comparison.report(why), to }));
}

const withoutLedger = ({ to, at }: AuditParts): number => (to ?? at) - windowWithoutLedgerMs;

/** First the checkpoint and then the ledger, which is never behind it. */
async function readLane(plan: LanePlan, receiver: Receiver, parts: AuditParts): Promise<ReadLane> {
  const passed = await receiver.passed?.(plan.id);
  const { storage, window } = parts;
  const since = window.from === undefined ? undefined : window.from - listingMarginMs;
  const ledger = await storage.ledger?.read(plan.id, { since });
  const parked = await storage.parked.list({ lane: plan.id });
  return { plan, passed, ledger, parked: new Set(parked.map(({ uid }) => uid)) };
}

async function makeProcessors(
  { id: lane, processors }: LanePlan,
  { used, life, settingsFor }: AuditParts,
): Promise<NamedProcessor[]> {
  const made: NamedProcessor[] = [];
  for (const { id, factory, config } of processors) {
    const settings = { ...settingsFor("processor", `${lane}/${id}`), id };
    const processor = await life.make(`processors.${id}`, () => factory.create(config, settings));
    used.defer(() => life.end(`processors.${id}`, processor));
    made.push({ id, processor });
  }
  return made;
}

interface CompareOptions extends AuditParts {
  readonly receiver: string;
  readonly listFrom: number;
}

/** Resolves with what ended the listing before its end. */
async function compareAll(
  receiver: Receiver,
  comparisons: readonly LaneComparison[],
  options: CompareOptions,
): Promise<AuditError | undefined> {
  const { signal, window, listFrom: from } = options;
  try {
    if (!receiver.list || !receiver.passed) throw cannotList(options.receiver);
    let listed = 0;
    for await (const batch of receiver.list({ from, to: window.to, signal })) {
      for (const comparison of comparisons) await comparison.take(batch);
      listed += batch.length;
      options.onProgress?.({ receiver: options.receiver, listed });
    }
    signal.throwIfAborted();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LoghookError)) throw error;
    const { code, message, remedy } = error;
    return { code, message, remedy };
  }
}

function byReceiver(plans: readonly LanePlan[]): [LanePlan, ...LanePlan[]][] {
  const groups: [LanePlan, ...LanePlan[]][] = [];
  for (const plan of plans) {
    const group = groups.find(([{ receiver }]) => isSameComponent(receiver, plan.receiver));
    if (group) group.push(plan);
    else groups.push([plan]);
  }
  return groups;
}

const noLedger: AuditError = {
  code: "CONFIG_INVALID",
  message: "The storage keeps no ledger.",
  remedy:
    "Let it keep one: sqlite_storage does unless its ledger_window is 0s. What is settled from then on is in it.",
};

function cannotList(receiver: string): ConfigError {
  return new ConfigError(`The receiver ${receiver} cannot list what its source holds.`, {
    remedy: "Audits need the methods list and passed of a receiver.",
  });
}
