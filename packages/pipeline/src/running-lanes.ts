import type { Clock } from "./clock.ts";
import { createComponentLife } from "./component-life.ts";
import { type LaneOutcome, type RunLaneOptions, runLane } from "./lane.ts";
import { isSameLane, type LanePlan } from "./lane-plan.ts";
import { createLaneMaker, type LaneMakerOptions, type MadeLane } from "./make-lanes.ts";

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
   * nothing has changed. Lanes that stay the same go on without a pause; those that leave end as after a stop, and the
   * ones in their places begin as soon as they read and send no more. Resolves when those that leave have given back
   * what they used, or the grace time for that is over. To be called again only then.
   *
   * @param alsoChange what goes over together with the lanes, called when they are made; where it rejects they stay
   */
  changeTo(plans: readonly LanePlan[], alsoChange?: () => Promise<void>): Promise<LaneChanges>;
  /** Resolves when no lane is left, with how the last ones ended. */
  readonly outcome: Promise<PipelineOutcome>;
}

export interface RunningLanesOptions
  extends Omit<RunLaneOptions, "abort" | "runs">,
    Omit<LaneMakerOptions, "life"> {
  /** For what is being sent after a stop, and after that for each component to close. */
  readonly graceMs: number;
}

interface RunningLane {
  readonly plan: LanePlan;
  readonly leave: AbortController;
  /** Resolves when the lane reads and sends no more. */
  readonly finished: Promise<void>;
  /** Resolves when what it used is given back, too. */
  readonly ended: Promise<void>;
}

export function createRunningLanes(options: RunningLanesOptions): RunningLanes {
  const { logger, events } = options;
  const running = new Map<string, RunningLane>();
  const outcomes = new Map<string, LaneOutcome | undefined>();
  const allEnded = Promise.withResolvers<PipelineOutcome>();
  const over = new AbortController();
  let order: readonly string[] = [];
  // Nobody waits for a component that would come too late.
  const life = createComponentLife({ ...options, stop: AbortSignal.any([options.stop, over.signal]) });
  const makeLanes = createLaneMaker({ ...options, life });

  async function run(
    lane: MadeLane,
    leave: AbortSignal,
    predecessor: RunningLane | undefined,
  ): Promise<void> {
    // Two at one checkpoint would deliver the same entries.
    await predecessor?.finished;
    const stop = AbortSignal.any([options.stop, leave]);
    const finished = new AbortController();
    const abort = abortAfterGrace({ ...options, stop, finished: finished.signal });
    const outcome = await runLane(lane, { ...options, runs: options.storage.runs, stop, abort });
    finished.abort();
    outcomes.set(lane.id, outcome);
  }

  function begin(plan: LanePlan, lane: MadeLane): void {
    const leave = new AbortController();
    const tell = (error: unknown): void =>
      logger.error({ error, lane: plan.id }, "The lane was not closed properly.");
    const finished = run(lane, leave.signal, running.get(plan.id)).catch(tell);
    const ended = finished
      .then(() => lane[Symbol.asyncDispose]())
      .catch(tell)
      .then(() => noteEnd(begun));
    const begun: RunningLane = { plan, leave, finished, ended };
    running.set(plan.id, begun);
  }

  function noteEnd(lane: RunningLane): void {
    // Where another one has taken its place, that one counts.
    if (running.get(lane.plan.id) !== lane) return;
    running.delete(lane.plan.id);
    if (running.size > 0) return;
    over.abort(new Error("The pipelines have ended."));
    allEnded.resolve(order.flatMap((id) => outcomes.get(id) ?? []));
  }

  /** Makes what is not kept, and sees to it that all else is ready. Leaves nothing behind where that fails. */
  async function prepare(plans: readonly LanePlan[], alsoChange: () => Promise<void>) {
    await using opening = new AsyncDisposableStack();
    const made = await makeLanes(plans);
    for (const { lane } of made) opening.use(lane);
    over.signal.throwIfAborted();
    await alsoChange();
    over.signal.throwIfAborted();
    opening.move();
    return made;
  }

  return {
    outcome: allEnded.promise,
    async changeTo(plans, alsoChange = async () => {}) {
      over.signal.throwIfAborted();
      // Decided once: a lane that ends by itself from here on has ended, and is neither kept going nor begun again.
      const kept = plans.filter((plan) => {
        const current = running.get(plan.id);
        return current !== undefined && isSameLane(current.plan, plan);
      });
      const made = await prepare(
        plans.filter((plan) => !kept.includes(plan)),
        alsoChange,
      );
      const before = [...running.values()];
      const leaving = before.filter(({ plan }) => !kept.some(({ id }) => id === plan.id));
      for (const { leave } of leaving) leave.abort(new Error("The config has changed."));
      order = plans.map(({ id }) => id);
      for (const { plan, lane } of made) begin(plan, lane);
      await Promise.all(leaving.map(({ ended }) => ended));
      const changes = changesBetween(before, plans, kept);
      for (const lane of changes.stopped) events.emit({ type: "lane.removed", lane });
      return changes;
    },
  };
}

function changesBetween(
  before: readonly RunningLane[],
  after: readonly LanePlan[],
  kept: readonly LanePlan[],
): LaneChanges {
  const ids = (plans: readonly LanePlan[]): Set<string> => new Set(plans.map(({ id }) => id));
  const [former, current, untouched] = [ids(before.map(({ plan }) => plan)), ids(after), ids(kept)];
  return {
    started: [...current.difference(former)],
    restarted: [...current.intersection(former).difference(untouched)],
    stopped: [...former.difference(current)],
    untouched: [...untouched],
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
