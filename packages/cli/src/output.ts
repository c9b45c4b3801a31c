import { type Clock, type Logger, type PipelineEvent, systemClock } from "@loghook/pipeline";
import { pino } from "pino";
import { type EventReport, type ReportLevel, reportEvent } from "./event-report.ts";
import type { Io } from "./io.ts";
import { createRoutine } from "./routine.ts";
import { followProgress, type RunProgress } from "./run-progress.ts";
import { escapeInvisible, painter, printable } from "./terminal-text.ts";
import { count, counts, moment, span } from "./wording.ts";

export type OutputFormat = "text" | "json";
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where a run tells what happens. */
export interface Output {
  readonly format: OutputFormat;
  readonly logger: Logger;
  onEvent(event: PipelineEvent): void;
  /** Takes the progress line away. */
  end(): void;
}

export interface OutputOptions {
  /** Default: text on a terminal, otherwise one JSON line per event. */
  readonly format?: OutputFormat | undefined;
  readonly level: LogLevel;
  readonly clock?: Clock;
}

/** How often progress is told where it cannot be a line that changes. */
const progressIntervalMs = 10_000;
const terminalIntervalMs = 100;

export function createOutput(io: Io, options: OutputOptions): Output {
  const format = options.format ?? (io.stdout.isTTY ? "text" : "json");
  const clock = options.clock ?? systemClock;
  const voice = format === "json" ? jsonVoice(io, options.level) : textVoice(io, { ...options, clock });
  const progressOf = new Map<string, ReturnType<typeof followProgress>>();
  const routine = createRoutine(clock);
  const toldAt = new Map<string, number>();
  const startedAt = clock.now();

  function isDue(place: string): boolean {
    if (clock.now() - (toldAt.get(place) ?? startedAt) < voice.progressIntervalMs) return false;
    toldAt.set(place, clock.now());
    return true;
  }

  /** Of those that are catching up, the one that stands furthest back. */
  function lastOfAll(): RunProgress | undefined {
    const catchingUp = [...progressOf.values()].filter(({ isCaughtUp }) => !isCaughtUp);
    return catchingUp.map((progress) => progress.now()).sort(byPosition)[0];
  }

  return {
    format,
    logger: voice.logger,
    end: () => voice.end(),
    onEvent(event) {
      const report = reportEvent(event, clock.now());
      const of = "lane" in event ? { lane: event.lane } : { exporter: event.exporter };
      if (report) voice.tell(of, routine.repeats(event) ? { ...report, level: "debug" } : report);
      if (!("lane" in event)) return;
      const isOver = event.type === "run.finished" || event.type === "lane.removed";
      if (isOver) return void progressOf.delete(event.lane);
      const progress = progressOf.get(event.lane) ?? followProgress(event.lane, clock);
      progressOf.set(event.lane, progress);
      progress.note(event);
      const isNews = event.type === "records.read" || event.type === "records.delivered";
      // Nothing is told of a lane that is at the head of the log.
      if (!isNews || progress.isCaughtUp || !isDue(voice.hasOneLine ? "" : event.lane)) return;
      const shown = (voice.hasOneLine && lastOfAll()) || progress.now();
      voice.tellProgress(shown, { others: progressOf.size - 1 });
    },
  };
}

function byPosition(one: RunProgress, other: RunProgress): number {
  return (one.position ?? Number.POSITIVE_INFINITY) - (other.position ?? Number.POSITIVE_INFINITY);
}

/** What an event is about. */
type Subject = { readonly lane: string } | { readonly exporter: string };

interface Voice {
  readonly logger: Logger;
  readonly progressIntervalMs: number;
  /** One line for the progress of all lanes. */
  readonly hasOneLine: boolean;
  tell(of: Subject, report: EventReport): void;
  /** `others`: lanes beside this one. */
  tellProgress(progress: RunProgress, of: { others: number }): void;
  end(): void;
}

/** One JSON object per line. */
function jsonVoice(io: Io, level: LogLevel): Voice {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        error: (error: unknown) => (error instanceof Error ? pino.stdSerializers.err(error) : error),
      },
    },
    { write: (line: string) => io.stdout.write(escapeInvisible(line)) },
  );
  return {
    logger,
    progressIntervalMs,
    hasOneLine: false,
    tell: (of, { level, fields, message }) => logger[level]({ ...of, ...fields }, message),
    tellProgress({ rate, leftMs, ...progress }) {
      const rounded = { rate: Math.round(rate), leftMs: leftMs && Math.round(leftMs) };
      logger.info({ ...progress, ...rounded }, "Catching up.");
    },
    end() {},
  };
}

const colours = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;
const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Lines for people, with one at the bottom that changes while it catches up. */
function textVoice(io: Io, { level, clock }: { level: LogLevel; clock: Clock }): Voice {
  const isTerminal = io.stdout.isTTY === true;
  let progressShown = false;
  const paint = painter(io.stdout, io.env);

  function clearProgress(): void {
    if (progressShown) io.stdout.write("\r\u001B[2K");
    progressShown = false;
  }

  function line(of: LogLevel, text: string): void {
    if (levels.indexOf(of) < levels.indexOf(level)) return;
    clearProgress();
    const time = new Date(clock.now()).toISOString().slice(11, 19);
    io.stdout.write(`${paint("gray", `${time}Z`)} ${paint(colours[of], of.padEnd(5))} ${text}\n`);
  }

  const log = (of: LogLevel) => (fields: object, message: string) =>
    line(of, `${printable(message)}${paint("gray", printable(listed(fields)))}`);
  return {
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    progressIntervalMs: isTerminal ? terminalIntervalMs : progressIntervalMs,
    hasOneLine: isTerminal,
    tell: (of, report: { level: ReportLevel; text: string }) =>
      line(report.level, `${paint("gray", "lane" in of ? of.lane : of.exporter)} ${printable(report.text)}`),
    tellProgress(progress, { others }) {
      const parts = progressParts(progress);
      if (!isTerminal) return line("info", [...parts, progress.lane].join(" · "));
      clearProgress();
      const named = others > 0 ? [progress.lane, ...parts] : [...parts, progress.lane];
      io.stdout.write(fitting(named, io.stdout.columns ?? 80));
      progressShown = true;
    },
    end: clearProgress,
  };
}

/** What matters most comes first. */
function progressParts({ rate, position, leftMs, ...progress }: RunProgress): string[] {
  const parts = [...counts(progress), `${count(rate)}/s`];
  if (leftMs !== undefined) parts.push(`about ${span(leftMs)} left`);
  if (position !== undefined) parts.push(`at ${moment(position)}`);
  return parts;
}

/** As many of the parts, from the first on, as a line has room for. */
function fitting(parts: readonly string[], columns: number): string {
  const text = (length: number): string => parts.slice(0, length).join(" · ");
  const room = parts.findLastIndex((_part, index) => text(index + 1).length < columns);
  return text(room + 1);
}

function listed(fields: object): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  return shown.length === 0 ? "" : ` ${shown.map(([key, value]) => `${key}=${fieldText(value)}`).join(" ")}`;
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "string" ? value : JSON.stringify(value);
}
