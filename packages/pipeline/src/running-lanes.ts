import type { Clock } from "./clock.ts";
import type {
  ComponentFactory,
  ComponentSettings,
  Exporter,
  ExporterFactory,
  Receiver,
  ReceiverFactory,
} from "./component.ts";
import { createComponentPool } from "./component-pool.ts";
import { defaultDelivery } from "./delivery-settings.ts";
import { type LaneOutcome, type RunLaneOptions, runLane } from "./lane.ts";
import { isSameLane, type LanePlan } from "./lane-plan.ts";
import { limiting } from "./limiting.ts";
import type { Lane } from "./pipeline.ts";
import type { Storage } from "./storage.ts";

/** How each lane ended. A lane that was stopped while it had nothing to do is not among them. */
export type PipelineOutcome = readonly LaneOutcome[];

/** What a change of the config did to the lanes, by their ids. */
export interface LaneChanges {
  /** New ones. */
  readonly started: readonly string[];
  /** Ended, and begun again from their checkpoint with other settings. */
  readonly restarted: readonly string[];
  /** Ended for good. Their checkpoints stay. */
  readonly stopped: readonly string[];
  /** Went on meanwhile. */
  readonly untouched: readonly string[];
}

export interface RunningLanes {
  /**
   * Goes over to the lanes of another config. What they need is made first: when that fails the call rejects, and
   * nothing has changed. Lanes that stay the same go on without a pause; those that leave end as after a stop. Resolves
   * when they have. To be called again only then.
   */
  changeTo(plans: readonly LanePlan[]): Promise<LaneChanges>;
  /** Resolves when no lane is left, with how the last ones ended. */
  readonly outcome: Promise<PipelineOutcome>;
}

export interface RunningLanesOptions extends Omit<RunLaneOptions, "abort" | "runs"> {
  readonly graceMs: number;
  readonly storage: Storage;
  settingsFor(kind: ComponentFactory["kind"], id: string): ComponentSettings;
}

interface RunningLane {
  readonly plan: LanePlan;
  readonly leave: AbortController;
  /** Resolves when the lane has ended and what it used is given back. */
  readonly ended: Promise<void>;
}

export function createRunningLanes(options: RunningLanesOptions): RunningLanes {
  const { logger } = options;
  const makeLane = laneMaker(options);
  const running = new Map<string, RunningLane>();
  const outcomes = new Map<string, LaneOutcome | undefined>();
  const allEnded = Promise.withResolvers<PipelineOutcome>();
  let order: readonly string[] = [];
  let isOver = false;

  async function run(
    lane: MadeLane,
    leave: AbortSignal,
    predecessor: RunningLane | undefined,
  ): Promise<void> {
    await using _lane = lane;
    // Two at one checkpoint would deliver the same entries.
    await predecessor?.ended;
    const stop = AbortSignal.any([options.stop, leave]);
    const finished = new AbortController();
    const abort = abortAfterGrace({ ...options, stop, finished: finished.signal });
    const outcome = await runLane(lane, { ...options, runs: options.storage.runs, stop, abort });
    finished.abort();
    outcomes.set(lane.id, outcome);
  }

  function begin(plan: LanePlan, lane: MadeLane): void {
    const leave = new AbortController();
    const begun: RunningLane = {
      plan,
      leave,
      ended: run(lane, leave.signal, running.get(plan.id))
        .catch((error: unknown) =>
          logger.error({ error, lane: plan.id }, "The lane was not closed properly."),
        )
        .then(() => noteEnd(begun)),
    };
    running.set(plan.id, begun);
  }

  function noteEnd(lane: RunningLane): void {
    // Where another one has taken its place, that one counts.
    if (running.get(lane.plan.id) !== lane) return;
    running.delete(lane.plan.id);
    if (running.size > 0) return;
    isOver = true;
    allEnded.resolve(order.flatMap((id) => outcomes.get(id) ?? []));
  }

  return {
    outcome: allEnded.promise,
    async changeTo(plans) {
      const isKept = (plan: LanePlan): boolean => {
        const current = running.get(plan.id);
        return current !== undefined && isSameLane(current.plan, plan);
      };
      const made = await makeAll(
        plans.filter((plan) => !isKept(plan)),
        makeLane,
      );
      if (isOver) {
        await Promise.all(made.map(({ lane }) => lane[Symbol.asyncDispose]()));
        throw new Error("The pipelines have ended.");
      }
      const before = [...running.values()];
      const kept = plans.filter(isKept);
      const leaving = before.filter(({ plan }) => !kept.some(({ id }) => id === plan.id));
      for (const { leave } of leaving) leave.abort(new Error("The config has changed."));
      order = plans.map(({ id }) => id);
      for (const { plan, lane } of made) begin(plan, lane);
      await Promise.all(leaving.map(({ ended }) => ended));
      return changesBetween(
        before.map(({ plan }) => plan),
        plans,
        kept,
      );
    },
  };
}

function changesBetween(
  before: readonly LanePlan[],
  after: readonly LanePlan[],
  kept: readonly LanePlan[],
): LaneChanges {
  const ids = (plans: readonly LanePlan[]): Set<string> => new Set(plans.map(({ id }) => id));
  const [former, current, untouched] = [ids(before), ids(after), ids(kept)];
  return {
    started: [...current.difference(former)],
    restarted: [...current.intersection(former).difference(untouched)],
    stopped: [...former.difference(current)],
    untouched: [...untouched],
  };
}

type MadeLane = Lane & AsyncDisposable;

/** All of them, or none. */
async function makeAll(
  plans: readonly LanePlan[],
  makeLane: (plan: LanePlan) => Promise<MadeLane>,
): Promise<{ readonly plan: LanePlan; readonly lane: MadeLane }[]> {
  await using opening = new AsyncDisposableStack();
  const made = [];
  for (const plan of plans) made.push({ plan, lane: opening.use(await makeLane(plan)) });
  opening.move();
  return made;
}

/** Lanes share the receivers and exporters that have the same id and settings. */
function laneMaker({ settingsFor, storage }: RunningLanesOptions): (plan: LanePlan) => Promise<MadeLane> {
  const receivers = createComponentPool<ReceiverFactory, Receiver>(({ factory, id, config }) =>
    factory.create(config, settingsFor("receiver", id)),
  );
  const exporters = createComponentPool<ExporterFactory, Exporter>(async ({ factory, id, config }) => {
    const exporter = await factory.create(config, settingsFor("exporter", id));
    return limiting(exporter, (factory.delivery?.(config) ?? defaultDelivery).concurrency);
  });

  return async ({ id, receiver, processors, exporter }) => {
    await using used = new AsyncDisposableStack();
    // Given back in the reverse order: who reads ends before who delivers.
    const { component: to } = used.use(await exporters.lease(exporter));
    const { component: from } = used.use(await receivers.lease(receiver));
    const steps = [];
    for (const processor of processors) {
      const settings = { ...settingsFor("processor", `${id}/${processor.id}`), id: processor.id };
      const step = await processor.factory.create(processor.config, settings);
      used.defer(async () => await step[Symbol.asyncDispose]?.());
      steps.push(step);
    }
    const held = used.move();
    return {
      id,
      receiver: from,
      processors: steps,
      exporter: to,
      delivery: exporter.factory.delivery?.(exporter.config) ?? defaultDelivery,
      schedule: receiver.factory.schedule?.(receiver.config),
      storage: storage.client(`lane/${id}`),
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  };
}

interface GraceOptions {
  readonly stop: AbortSignal;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly finished: AbortSignal;
}

function abortAfterGrace({ stop, graceMs, clock, finished }: GraceOptions): AbortSignal {
  const abort = new AbortController();
  const begin = (): void => {
    clock.sleep(graceMs, { signal: finished }).then(
      () => abort.abort(new Error("The grace period after the stop is over.")),
      () => {},
    );
  };
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true, signal: finished });
  return abort.signal;
}
