import { concurrencyOf } from "./adaptive-concurrency.ts";
import { breaking } from "./circuit.ts";
import type {
  ComponentFactory,
  ComponentSettings,
  DeliveryPolicy,
  Exporter,
  ExporterFactory,
  Receiver,
  ReceiverFactory,
} from "./component.ts";
import type { ComponentLife } from "./component-life.ts";
import { createComponentPool } from "./component-pool.ts";
import { checkDelivery, defaultDelivery } from "./delivery-settings.ts";
import type { LanePlan } from "./lane-plan.ts";
import { limiting } from "./limiting.ts";
import { pacing } from "./pacing.ts";
import type { Lane } from "./pipeline.ts";
import type { Storage } from "./storage.ts";

/** A lane with everything that it needs. Disposing gives that back. */
export type MadeLane = Lane & AsyncDisposable;

export interface LaneMakerOptions {
  readonly life: ComponentLife;
  readonly storage: Storage;
  settingsFor(kind: ComponentFactory["kind"], id: string): ComponentSettings;
}

/** Makes the lanes of some plans: all of them, or none. */
export type MakeLanes = (
  plans: readonly LanePlan[],
) => Promise<{ readonly plan: LanePlan; readonly lane: MadeLane }[]>;

/** Lanes share the receivers and exporters that have the same id and settings. */
export function createLaneMaker({ life, settingsFor, storage }: LaneMakerOptions): MakeLanes {
  const receivers = createComponentPool<ReceiverFactory, Receiver>({
    make: ({ factory, id, config }) =>
      life.make(`receivers.${id}`, () => factory.create(config, settingsFor("receiver", id))),
    end: ({ id }, receiver) => life.end(`receivers.${id}`, receiver),
  });
  const exporters = createComponentPool<ExporterFactory, Exporter>({
    async make({ factory, id, config }) {
      const delivery = deliveryOf({ factory, id, config });
      const settings = settingsFor("exporter", id);
      const made = await life.make(`exporters.${id}`, () => factory.create(config, settings));
      return guarded(made, delivery, settings);
    },
    end: ({ id }, exporter) => life.end(`exporters.${id}`, exporter),
  });

  async function makeLane({ id, receiver, processors, exporter }: LanePlan): Promise<MadeLane> {
    await using used = new AsyncDisposableStack();
    // Given back in the reverse order: who reads ends before who delivers.
    const { component: to } = used.use(await exporters.lease(exporter));
    const { component: from } = used.use(await receivers.lease(receiver));
    const steps = [];
    for (const processor of processors) {
      const settings = { ...settingsFor("processor", `${id}/${processor.id}`), id: processor.id };
      const name = `processors.${processor.id}`;
      const step = await life.make(name, () => processor.factory.create(processor.config, settings));
      used.defer(() => life.end(name, step));
      steps.push({ id: processor.id, processor: step });
    }
    const held = used.move();
    return {
      id,
      receiver: from,
      processors: steps,
      exporter: to,
      delivery: deliveryOf(exporter),
      schedule: receiver.factory.schedule?.(receiver.config),
      storage: storage.client(`lane/${id}`),
      parked: storage.parked,
      ledger: storage.ledger,
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  }

  return async (plans) => {
    await using opening = new AsyncDisposableStack();
    const made = [];
    for (const plan of plans) made.push({ plan, lane: opening.use(await makeLane(plan)) });
    opening.move();
    return made;
  };
}

/**
 * What stands between the lanes of an exporter and its destination. Whether the destination is up is asked when it is a
 * call's turn, not when it queues for one: what fails at once holds its place for no time. Those who may go then wait
 * until the next request may be made. How the destination answers is looked at next to it: all that wait or fail further
 * outside says nothing about it.
 */
function guarded(made: Exporter, delivery: DeliveryPolicy, settings: ComponentSettings): Exporter {
  const { retry: policy, maxCallsPerSecond } = delivery;
  const { id, clock, emit } = settings;
  const { exporter, limit } = concurrencyOf(made, delivery, settings);
  const paced = pacing(exporter, { maxCallsPerSecond, clock });
  return limiting(breaking(paced, { id, policy, clock, emit }), limit);
}

function deliveryOf({ factory, id, config }: Omit<LanePlan["exporter"], "fingerprint">): DeliveryPolicy {
  return checkDelivery(factory.delivery?.(config) ?? defaultDelivery, `The exporter ${id}`);
}
