import type { PipelineEvent, ReporterSettings } from "@loghook/pipeline";
import { laneStates } from "./lane-states.ts";
import { gapMessage } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

type GapEvent = Extract<PipelineEvent, { type: "receiver.gap" }>;

interface GapAlert {
  /** The loss that was reported; `near`: one that threatens. */
  readonly subject: string;
  readonly alertedAt: number;
  /** Until the loss, as it was told. Undefined: nobody knew. */
  readonly leftMs?: number | undefined;
}

export interface GapAlertsOptions extends Pick<ReporterSettings, "storage" | "logger"> {
  readonly outbox: Outbox;
  readonly reminderIntervalMs: number;
  /** Of this loghook. */
  readonly name: string;
}

/**
 * A loss is told at once, and only once; one that threatens, whose words change as time runs out, now and then, and when
 * half of the time that was left is over.
 */
export function gapAlerts(options: GapAlertsOptions): (event: GapEvent, now: number) => Promise<void> {
  const { outbox, reminderIntervalMs, name, storage, logger } = options;
  const gaps = laneStates<GapAlert>({ storage, prefix: "gap/", logger });
  return async ({ lane, lost, message, deadline }, now) => {
    const subject = lost ? message : "near";
    const before = await gaps.get(lane);
    const leftMs = deadline === undefined ? undefined : deadline - now;
    const isUrgent = leftMs !== undefined && before?.leftMs !== undefined && leftMs <= before.leftMs / 2;
    if (before?.subject === subject && !isUrgent && now - before.alertedAt < reminderIntervalMs) return;
    await gaps.set(lane, { subject, alertedAt: now, leftMs });
    outbox.send(gapMessage({ lost, problem: message, deadline }, { lane, name, now }), () =>
      gaps.set(lane, undefined),
    );
  };
}
