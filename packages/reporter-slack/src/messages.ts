import type { RunRecord } from "@loghook/pipeline";
import { escapeText, type SlackMessage, slackMessage } from "./slack-message.ts";
import { durationText, utcText } from "./time-text.ts";

/** What every message needs to know. */
export interface MessageContext {
  readonly lane: string;
  /** Of this loghook. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface FailureDetails {
  readonly problem: string;
  readonly remedy: string | undefined;
  /** When the failing began. */
  readonly since: number;
  /** Entries read and not settled. */
  readonly waiting: number;
  readonly checkpoint: string | undefined;
  /** By itself: the lane goes on trying. By hand: somebody else starts the next run. A time: the next run begins then. */
  readonly nextTry: number | "by itself" | "by hand";
  readonly isReminder: boolean;
}

export function failureMessage(details: FailureDetails, context: MessageContext): SlackMessage {
  const { problem, remedy, since, waiting, checkpoint, nextTry, isReminder } = details;
  const { lane, now } = context;
  return slackMessage({
    title: `:rotating_light: ${lane} is ${isReminder ? "still failing" : "failing"}`,
    sections: [
      escapeText(problem) || "It failed without a message.",
      lines(
        `*Since:* ${utcText(since)} (${durationText(now - since)})`,
        `*Waiting:* ${waiting > 0 ? `at least ${entries(waiting)}` : "not known; what the tenant keeps"}`,
        checkpoint === undefined
          ? "*Goes on:* where it began; no settled entry is on record"
          : `*Goes on after:* \`${escapeText(checkpoint)}\``,
        `*Next try:* ${nextTryText(nextTry, now)}`,
      ),
      `*What to do:* ${escapeText(remedy ?? "See the message above, and loghook's log for more.")}`,
    ],
    footer: footer(context),
  });
}

function nextTryText(nextTry: FailureDetails["nextTry"], now: number): string {
  if (nextTry === "by itself") return "loghook goes on trying by itself";
  if (nextTry === "by hand") return "with the next start of loghook";
  return `${utcText(nextTry)} (in ${durationText(Math.max(0, nextTry - now))})`;
}

export interface RecoveryDetails {
  /** When the failing began. */
  readonly since: number;
  readonly run: RunRecord | undefined;
}

export function recoveryMessage({ since, run }: RecoveryDetails, context: MessageContext): SlackMessage {
  const outage = `It failed from ${utcText(since)} on, for ${durationText(context.now - since)}.`;
  return slackMessage({
    title: `:large_green_circle: ${context.lane} works again`,
    sections: run === undefined ? [outage] : [outage, runText(run)],
    footer: footer(context),
  });
}

export function successMessage(run: RunRecord, context: MessageContext): SlackMessage {
  return slackMessage({
    title: `:white_check_mark: ${context.lane} succeeded`,
    sections: [runText(run)],
    footer: footer(context),
  });
}

export interface GapDetails {
  readonly lost: boolean;
  readonly problem: string;
  /** When entries will be lost. */
  readonly deadline: number | undefined;
}

export function gapMessage({ lost, problem, deadline }: GapDetails, context: MessageContext): SlackMessage {
  const timeLeft =
    deadline === undefined
      ? []
      : [`*Time left:* until ${utcText(deadline)} (${durationText(Math.max(0, deadline - context.now))})`];
  return slackMessage({
    title: lost
      ? `:rotating_light: ${context.lane} has lost entries`
      : `:warning: ${context.lane} is about to lose entries`,
    sections: [escapeText(problem) || "No more is known.", ...timeLeft],
    footer: footer(context),
  });
}

/** `read 1,200, kept 30, delivered 30` */
export function countsText({
  read,
  kept,
  delivered,
}: Pick<RunRecord, "read" | "kept" | "delivered">): string {
  return `read ${number(read)}, kept ${number(kept)}, delivered ${number(delivered)}`;
}

export function lines(...texts: readonly string[]): string {
  return texts.join("\n");
}

export function number(count: number): string {
  return count.toLocaleString("en");
}

function entries(count: number): string {
  return count === 1 ? "1 entry" : `${number(count)} entries`;
}

function runText(run: RunRecord): string {
  return lines(
    `*Run:* ${countsText(run)}`,
    `*Took:* ${durationText((run.endedAt ?? run.startedAt) - run.startedAt)}`,
    `*Checkpoint:* ${run.checkpoint === undefined ? "as before" : `\`${escapeText(run.checkpoint)}\``}`,
  );
}

function footer({ name, now }: MessageContext): string {
  return `loghook on ${escapeText(name)}, ${utcText(now)}`;
}
