import { type Clock, type Logger, type PipelineEvent, systemClock } from "@loghook/pipeline";
import { pino } from "pino";
import { type EventReport, type ReportLevel, reportEvent } from "./event-report.ts";
import type { Io } from "./io.ts";
import { createRoutine } from "./routine.ts";
import { followProgress, type RunProgress } from "./run-progress.ts";
import { painter } from "./terminal-text.ts";
import { count, moment, span } from "./wording.ts";

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
  let toldAt = clock.now();

  return {
    format,
    logger: voice.logger,
    end: () => voice.end(),
    onEvent(event) {
      const report = reportEvent(event);
      if (report) voice.tell(event.lane, routine.repeats(event) ? { ...report, level: "debug" } : report);
      if (event.type === "run.finished") return void progressOf.delete(event.lane);
      const progress = progressOf.get(event.lane) ?? followProgress(event.lane, clock);
      progressOf.set(event.lane, progress);
      progress.note(event);
      const isNews = event.type === "records.read" || event.type === "records.delivered";
      // Nothing is told of a lane that is at the head of the log.
      if (!isNews || progress.isCaughtUp || clock.now() - toldAt < voice.progressIntervalMs) return;
      toldAt = clock.now();
      voice.tellProgress(progress.now());
    },
  };
}

interface Voice {
  readonly logger: Logger;
  readonly progressIntervalMs: number;
  tell(lane: string, report: EventReport): void;
  tellProgress(progress: RunProgress): void;
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
    { write: (line: string) => io.stdout.write(line) },
  );
  return {
    logger,
    progressIntervalMs,
    tell: (lane, { level, fields, message }) => logger[level]({ lane, ...fields }, message),
    tellProgress: (progress) => logger.info({ ...progress, rate: Math.round(progress.rate) }, "Catching up."),
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
    line(of, `${message}${paint("gray", listed(fields))}`);
  return {
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    progressIntervalMs: isTerminal ? terminalIntervalMs : progressIntervalMs,
    tell: (lane, report: { level: ReportLevel; text: string }) =>
      line(report.level, `${paint("gray", lane)} ${report.text}`),
    tellProgress(progress) {
      if (!isTerminal) return line("info", describeProgress(progress, Number.POSITIVE_INFINITY));
      clearProgress();
      io.stdout.write(describeProgress(progress, io.stdout.columns ?? 80));
      progressShown = true;
    },
    end: clearProgress,
  };
}

/** What matters most comes first: what finds no room is left out. */
function describeProgress(progress: RunProgress, columns: number): string {
  const { lane, read, kept, delivered, rate, position, leftMs } = progress;
  const parts = [
    `${count(read)} read`,
    `${count(kept)} kept`,
    `${count(delivered)} delivered`,
    `${count(rate)}/s`,
  ];
  if (leftMs !== undefined) parts.push(`about ${span(leftMs)} left`);
  if (position !== undefined) parts.push(`at ${moment(position)}`);
  parts.push(lane);
  const text = (count: number): string => parts.slice(0, count).join(" · ");
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
