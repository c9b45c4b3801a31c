import { asSentence, type LogBatch, type PipelineEvent, type RunRecord } from "@loghook/pipeline";
import { counts, entries, moment, span } from "./wording.ts";

export type ReportLevel = "debug" | "info" | "warn" | "error";

/** An event as it is told: to people as `text`, to machines as one fixed `message` with `fields` beside it. */
export interface EventReport {
  readonly level: ReportLevel;
  readonly text: string;
  readonly message: string;
  readonly fields: object;
}

/**
 * What an event has to say. Events of every page or batch say nothing by themselves; progress shows them.
 *
 * @param now milliseconds since 1970
 */
export function reportEvent(event: PipelineEvent, now: number): EventReport | undefined {
  switch (event.type) {
    case "run.started":
      return undefined;
    case "run.finished":
      return reportRun(event.run, event.waiting);
    case "retry.scheduled":
      return reportRetry(event);
    case "retry.succeeded": {
      const message = event.stage === "receiver" ? "Reading works again." : "Delivery works again.";
      return { level: "info", text: message, message, fields: {} };
    }
    case "receiver.throttled": {
      const { delayMs } = event;
      const text = `The tenant's rate limit is reached; reading goes on in ${span(delayMs)}.`;
      return {
        level: "info",
        text,
        message: "The tenant's rate limit is reached.",
        fields: { delayMs: Math.round(delayMs) },
      };
    }
    case "records.parked":
      return reportParked(event);
    case "records.dropped":
      return reportDropped(event);
    case "circuit.opened":
      return reportOpened(event, now);
    case "circuit.closed": {
      const text = `It takes what it is sent, again; it had failed since ${moment(event.since)}.`;
      const fields = { since: isoTime(event.since) };
      return { level: "info", text, message: "The destination works again.", fields };
    }
    case "receiver.gap": {
      const { lost, deadline } = event;
      const left = deadline === undefined ? "" : ` That is in ${span(Math.max(0, deadline - now))}.`;
      return {
        level: lost ? "error" : "warn",
        text: `${event.message}${left}`,
        message: lost ? "Entries are lost." : "Entries will be lost.",
        fields: { lost, deadline: isoTime(deadline), detail: event.message },
      };
    }
    case "lane.failing": {
      const { error, since, waiting } = event;
      const text = `Nothing gets through since ${moment(since)}; at least ${entries(waiting)} wait. ${advice(error)}`;
      const fields = { since: isoTime(since), waiting, ...errorFields(error) };
      return { level: "error", text, message: "The lane is failing.", fields };
    }
    case "lane.recovered": {
      const text = `Works again; it had failed since ${moment(event.since)}.`;
      return {
        level: "info",
        text,
        message: "The lane has recovered.",
        fields: { since: isoTime(event.since) },
      };
    }
    default:
      return undefined;
  }
}

function reportParked({ batch, error, parked }: PipelineEvent & { type: "records.parked" }): EventReport {
  const inAll = parked > batch.length ? ` (${entries(parked)} of this lane in all)` : "";
  return {
    level: "warn",
    text: `Parked ${uidsOf(batch).join(", ")}${inAll}: ${advice(error)} The lane goes on without it; \`loghook parked\` shows it and can send it again.`,
    message: "Entry parked.",
    fields: { entries: uidsOf(batch), parked, ...errorFields(error) },
  };
}

function reportDropped({ batch, error }: PipelineEvent & { type: "records.dropped" }): EventReport {
  return {
    level: "warn",
    text: `Dropped ${uidsOf(batch).join(", ")}, as on_rejected says: ${advice(error)}`,
    message: "Entry dropped.",
    fields: { entries: uidsOf(batch), ...errorFields(error) },
  };
}

function uidsOf(batch: LogBatch): string[] {
  return batch.map((record) => String(record.attributes["log.record.uid"]));
}

function reportOpened(event: PipelineEvent & { type: "circuit.opened" }, now: number): EventReport {
  const { error, since, probeAt } = event;
  return {
    level: "warn",
    // The remedy is told with the call that failed.
    text: `${asSentence(error.message)} Until it works again it is asked by one request at a time, next in ${span(Math.max(0, probeAt - now))}; all else waits.`,
    message: "The destination is down, and asked by one request at a time.",
    fields: { since: isoTime(since), probeAt: isoTime(probeAt), ...errorFields(error) },
  };
}

function reportRetry(event: PipelineEvent & { type: "retry.scheduled" }): EventReport {
  const { error, attempt, delayMs, stage, since, givesUpAt } = event;
  const until = givesUpAt === undefined ? "" : `, until ${moment(givesUpAt)}`;
  return {
    level: "warn",
    text: `${advice(error)} It is tried again in ${span(delayMs)}${until}.`,
    message: stage === "receiver" ? "Reading failed, will retry." : "Delivery failed, will retry.",
    fields: {
      attempt,
      delayMs: Math.round(delayMs),
      since: isoTime(since),
      givesUpAt: isoTime(givesUpAt),
      ...errorFields(error),
    },
  };
}

const isoTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

function reportRun(run: RunRecord, waiting: number): EventReport {
  const { status, read, kept, delivered, parked, dropped, checkpoint, error, nextRunAt } = run;
  const durationMs = (run.endedAt ?? run.startedAt) - run.startedAt;
  const numbers = `${counts(run).join(", ")} in ${span(durationMs)}.`;
  const fields = {
    run: run.id,
    trigger: run.trigger,
    read,
    kept,
    delivered,
    parked,
    dropped,
    durationMs,
    checkpoint,
    waiting,
    nextRunAt: isoTime(nextRunAt),
  };
  const next = nextRunAt === undefined ? "" : ` Next run: ${moment(nextRunAt)}.`;
  if (status !== "failed" || !error) {
    const stopped = status === "stopped";
    return {
      level: "info",
      text: `${stopped ? "Stopped" : "Caught up"}: ${numbers}${checkpoint ? ` Checkpoint: ${checkpoint}.` : ""}${next}`,
      message: stopped ? "Run stopped." : "Run finished.",
      fields,
    };
  }
  const from = checkpoint ? `the checkpoint ${checkpoint}` : "the same checkpoint";
  return {
    level: "error",
    text: `Failed: ${advice(error)} ${numbers} Nothing is skipped: the next run begins at ${from}.${next}`,
    message: "Run failed.",
    fields: { ...fields, ...errorFields(error) },
  };
}

interface ErrorLike {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}

function advice({ message, remedy }: ErrorLike): string {
  return remedy ? `${asSentence(message)} ${remedy}` : asSentence(message);
}

const errorFields = ({ code, message, remedy }: ErrorLike): object => ({ code, error: message, remedy });
