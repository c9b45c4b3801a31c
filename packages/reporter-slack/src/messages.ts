import type { RunRecord } from "@loghook/pipeline";
import { quote, type SlackMessage, slackMessage } from "./slack-message.ts";
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
      quote(problem) || "It failed without a message.",
      lines(
        `*Since:* ${utcText(since)} (${durationText(now - since)})`,
        `*Waiting:* ${waiting > 0 ? `at least ${entries(waiting)}` : "not known; what the tenant keeps"}`,
        checkpoint === undefined
          ? "*Goes on:* where it began; no settled entry is on record"
          : `*Goes on after:* \`${quote(checkpoint)}\``,
        `*Next try:* ${nextTryText(nextTry, now)}`,
      ),
      `*What to do:* ${quote(remedy ?? "See the message above, and loghook's log for more.")}`,
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
    sections: [quote(problem) || "No more is known.", ...timeLeft],
    footer: footer(context),
  });
}

/** Entries that a lane goes on without, because the destination refused them also when they came alone. */
export interface SetAside {
  /** When the first of them was. */
  readonly since: number;
  readonly parked: number;
  readonly dropped: number;
  /** How many the lane has parked by now. Undefined: none. */
  readonly parkedInAll: number | undefined;
  /** Of the first of them: which it is, and why. */
  readonly entry: string;
  readonly problem: string;
  readonly remedy: string | undefined;
}

export function setAsideMessage(setAside: SetAside, context: MessageContext): SlackMessage {
  const { since, parked, dropped, parkedInAll, entry, problem, remedy } = setAside;
  const { lane, now } = context;
  const acts = [...(parked > 0 ? ["parked"] : []), ...(dropped > 0 ? ["dropped"] : [])].join(" and ");
  const inAll = parkedInAll === undefined || parkedInAll === parked ? "" : ` (${number(parkedInAll)} in all)`;
  return slackMessage({
    title: `:warning: ${lane} has ${acts} ${parked + dropped === 1 ? "an entry" : "entries"}`,
    sections: [
      quote(problem) || "The destination refused it without a message.",
      lines(
        ...(parked > 0 ? [`*Parked:* ${entries(parked)}${inAll}`] : []),
        ...(dropped > 0 ? [`*Dropped:* ${entries(dropped)}`] : []),
        `*Since:* ${utcText(since)} (${durationText(now - since)})`,
        `*${parked + dropped === 1 ? "Entry" : "The first"}:* \`${quote(entry)}\``,
      ),
      `*What to do:* ${lines(
        ...(remedy === undefined ? [] : [quote(remedy)]),
        ...(parked > 0 ? ["`loghook parked` shows what is parked and why, and can send it again."] : []),
        ...(dropped > 0
          ? ["With `on_rejected: park` such entries would be kept; dropped ones are only in the tenant now."]
          : []),
        "The other entries of the lane go out as ever.",
      )}`,
    ],
    footer: footer(context),
  });
}

/** `read 1,200, kept 30, delivered 29, parked 1`: what was set aside is told where there is any. */
export function countsText(
  counts: Pick<RunRecord, "read" | "kept" | "delivered" | "parked" | "dropped">,
): string {
  const { read, kept, delivered, parked, dropped } = counts;
  return [
    `read ${number(read)}, kept ${number(kept)}, delivered ${number(delivered)}`,
    ...(parked > 0 ? [`parked ${number(parked)}`] : []),
    ...(dropped > 0 ? [`dropped ${number(dropped)}`] : []),
  ].join(", ");
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
    `*Checkpoint:* ${run.checkpoint === undefined ? "as before" : `\`${quote(run.checkpoint)}\``}`,
  );
}

function footer({ name, now }: MessageContext): string {
  return `loghook on ${quote(name)}, ${utcText(now)}`;
}
