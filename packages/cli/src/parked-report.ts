import { LoghookError, type ParkedLaneOutcome, type ParkedRecord, recordFromText } from "@loghook/pipeline";
import type { Io } from "./io.ts";
import type { ParkedPlace } from "./parked-place.ts";
import { type Column, layOutTable } from "./table.ts";
import { escapeInvisible, painter, printable, toJson } from "./terminal-text.ts";
import { count, entries, moment } from "./wording.ts";

export function describeNothing({ lane, place }: { lane?: string | undefined; place: ParkedPlace }): string {
  return `${printable(`Nothing${lane === undefined ? "" : ` of ${lane}`} is parked in ${place.name}.`)}\n`;
}

export interface ParkedTextOptions {
  readonly io: Pick<Io, "stdout" | "env">;
  /** The most rows. */
  readonly limit: number;
}

/** How many there are and for what reasons, and the newest of them as a table. */
export function describeParked(parked: readonly ParkedRecord[], { io, limit }: ParkedTextOptions): string {
  const paint = painter(io.stdout, io.env);
  const newest = parked.toReversed().slice(0, limit);
  const { head, rows, leftOut } = layOutTable(newest, columnsOf(parked), io.stdout.columns);
  const older = parked.length - newest.length;
  const lines = [
    ...describeReasons(parked),
    "",
    paint("bold", head),
    ...rows.flat(),
    ...(older > 0 ? [`and ${count(older)} parked before these; --limit shows more.`] : []),
    ...(leftOut.length > 0 ? [`A wider terminal or --json shows more: ${leftOut.join(", ")}.`] : []),
    "",
    "loghook parked show ID shows one, send delivers them again, discard gives them up.",
  ];
  return `${lines.join("\n")}\n`;
}

/** Reasons that are told; the table has each. */
const maxReasons = 10;

function describeReasons(parked: readonly ParkedRecord[]): string[] {
  const groups = Map.groupBy(parked.toReversed(), ({ lane, reason }) => JSON.stringify([lane, reason]));
  const shown = [...groups.values()].slice(0, maxReasons).flatMap(([first, ...others]) => {
    if (!first) return [];
    const head = `${entries(others.length + 1)} of ${printable(first.lane)}: ${printable(first.reason)}`;
    return [head, ...(first.remedy ? [`  ${printable(first.remedy)}`] : [])];
  });
  const more = groups.size - maxReasons;
  return [...shown, ...(more > 0 ? [`and for ${count(more)} other reasons.`] : [])];
}

function columnsOf(parked: readonly ParkedRecord[]): Column<ParkedRecord>[] {
  const severalLanes = new Set(parked.map(({ lane }) => lane)).size > 1;
  const lane: Column<ParkedRecord> = { title: "lane", cell: ({ lane }) => printable(lane) };
  return [
    { title: "id", cell: ({ uid }) => printable(uid) },
    { title: "parked (UTC)", cell: ({ parkedAt }) => moment(parkedAt).replace(" UTC", "") },
    ...(severalLanes ? [lane] : []),
    { title: "attempts", cell: ({ attempts }) => count(attempts), align: "right" },
    { title: "reason", cell: ({ reason }) => printable(reason) },
  ];
}

/** One parked record: what is known of it, and its body as an exporter sends it. */
export function describeOne(parked: ParkedRecord): string {
  const { lane, uid, parkedAt, attempts, reason, remedy, answer, record } = parked;
  const lines = [
    `id        ${printable(uid)}`,
    `lane      ${printable(lane)}`,
    `parked    ${moment(parkedAt)}`,
    `attempts  ${count(attempts)}`,
    `reason    ${printable(reason)}`,
    ...(remedy ? [`remedy    ${printable(remedy)}`] : []),
    ...(answer ? [`answer    ${printable(answer)}`] : []),
    // What the disk has changed is not given out.
    ...(record === "null" ? [] : ["", toJson(recordFromText(record).body, 2)]),
  ];
  return `${lines.join("\n")}\n`;
}

/** A JSON array. The records go into it as they are, down to the digits of their numbers. */
export function parkedAsJson(parked: readonly ParkedRecord[]): string {
  const items = parked.map(({ record, parkedAt, ...rest }) => {
    const known = toJson({ ...rest, parkedAt: new Date(parkedAt).toISOString() });
    return `  ${known.slice(0, -1)},"record":${escapeInvisible(record)}}`;
  });
  return items.length === 0 ? "[]\n" : `[\n${items.join(",\n")}\n]\n`;
}

/** What became of the parked records of a lane that were to be sent. */
export function describeSent({ lane, delivered, refused, left, error }: ParkedLaneOutcome): string {
  const parts = [
    `${entries(delivered.length)} delivered`,
    ...(refused.length > 0 ? [`${count(refused.length)} refused again`] : []),
    ...(left.length > 0 ? [`${count(left.length)} not sent`] : []),
  ];
  const lines = [
    `${printable(lane)}: ${parts.join(", ")}.`,
    ...refused.map(({ uid, reason }) => `  ${printable(uid)}: ${printable(reason)}`),
    ...(left.length > 0 ? whyLeft(error) : []),
  ];
  return `${lines.join("\n")}\n`;
}

function whyLeft(error: unknown): string[] {
  if (error === undefined) {
    return [
      "  The config has no such lane. They stay parked: a config in which its parts have these names again sends them,",
      "  and loghook parked discard gives them up.",
    ];
  }
  const { message, remedy = undefined } =
    error instanceof LoghookError
      ? error
      : { message: error instanceof Error ? error.message : String(error) };
  return [message, ...(remedy ? [remedy] : [])].map((line) => `  ${printable(line)}`);
}
