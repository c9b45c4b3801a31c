import { eventTypes } from "@loghook/receiver-auth0";
import type { SignatureCheck } from "./check-signature.ts";
import type { Io } from "./io.ts";
import type { OutputFormat } from "./output.ts";
import type { ReceivedEntry } from "./received-entries.ts";
import { answerText, type SinkAnswer } from "./sink-answers.ts";
import type { JudgedRequest, SinkSummary } from "./sink-ledger.ts";
import { type Column, layOutTable } from "./table.ts";
import { type Paint, painter, printable, toJson } from "./terminal-text.ts";
import { count, entries as entryCount } from "./wording.ts";

/** What the sink says. */
export interface SinkReport {
  started(sink: { readonly url: string; readonly answers: readonly SinkAnswer[] }): void;
  request(request: JudgedRequest): void;
  stopped(summary: SinkSummary): void;
}

export interface SinkReportOptions {
  readonly format: OutputFormat;
  /** Nothing about single entries. */
  readonly quiet: boolean;
  /** Whole entries. */
  readonly verbose: boolean;
  readonly checksSignatures: boolean;
}

export function createSinkReport(io: Io, options: SinkReportOptions): SinkReport {
  return options.format === "json" ? jsonReport(io, options) : textReport(io, options);
}

/** One JSON object per line. */
function jsonReport(io: Io, { quiet, verbose }: SinkReportOptions): SinkReport {
  const line = (event: string, fields: object) => io.stdout.write(`${toJson({ event, ...fields })}\n`);
  return {
    started: ({ url, answers }) => line("started", { url, answers: answers.map(answerText) }),
    request: ({ at, headers: _headers, body: _body, signature, entries, seenBefore, repeatOf, ...request }) =>
      line("request", {
        time: new Date(at).toISOString(),
        ...request,
        signature: signature?.verdict,
        signatureProblem: signature?.verdict === "invalid" ? signature.reason : undefined,
        repeatOf: repeatOf && { ...repeatOf, at: new Date(repeatOf.at).toISOString() },
        entryCount: entries.length,
        repeatedEntryCount: seenBefore.size,
        entries: quiet ? undefined : entries.map((entry) => (verbose ? entry.whole : briefly(entry))),
      }),
    stopped: (summary) => line("stopped", summary),
  };
}

function briefly({ whole: _, ...entry }: ReceivedEntry): object {
  return entry;
}

function textReport(io: Io, { quiet, verbose, checksSignatures }: SinkReportOptions): SinkReport {
  const paint = painter(io.stdout, io.env);
  const print = (lines: readonly string[]) => io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return {
    started: ({ url, answers }) => print(describeStart({ url, answers, checksSignatures, paint })),
    request(request) {
      print([requestLine(request, paint), ...warnings(request, paint)]);
      if (!quiet) print(entryLines(request, { verbose, paint }));
    },
    stopped: (summary) => print(["", ...describeSummary(summary)]),
  };
}

interface Start {
  readonly url: string;
  readonly answers: readonly SinkAnswer[];
  readonly checksSignatures: boolean;
  readonly paint: Paint;
}

function describeStart({ url, answers, checksSignatures, paint }: Start): string[] {
  const secret = checksSignatures ? " --secret whsec_… (the same secret)" : "";
  const variable = checksSignatures ? " SIGNING_SECRET=whsec_…" : "";
  const texts = answers.map(answerText);
  const answer =
    texts.length > 1 ? `${texts.slice(0, -1).join(", ")}, and from then on ${texts.at(-1)}` : texts[0];
  return [
    `The webhook is at ${paint("bold", url)} and answers ${answer}. Stop it with Ctrl+C.`,
    "Try it from another terminal, with a sample entry or with your tenant's:",
    `  loghook send ${url}${secret}`,
    `  WEBHOOK_URL=${url}${variable} loghook run --config loghook.yaml`,
    "",
  ];
}

function requestLine(request: JudgedRequest, paint: Paint): string {
  const { at, method, path, webhookId, format, entries, signature, answer } = request;
  return [
    paint("gray", new Date(at).toISOString().slice(11, 23)),
    printable(`${method} ${path}`),
    paint("bold", entryCount(entries.length)) + (format ? ` as ${format}` : ""),
    webhookId === undefined ? "no webhook-id" : printable(webhookId),
    signature && describeSignature(signature, paint),
    `answer ${answer}`,
  ]
    .filter(Boolean)
    .join("  ");
}

function describeSignature(signature: SignatureCheck, paint: Paint): string {
  if (signature.verdict === "valid") return paint("green", "signature valid");
  if (signature.verdict === "missing") return paint("yellow", "signature missing");
  return paint("red", `signature INVALID: ${signature.reason}`);
}

function warnings({ problem, repeatOf, seenBefore }: JudgedRequest, paint: Paint): string[] {
  const texts: string[] = [];
  if (problem) texts.push(printable(problem));
  if (repeatOf) {
    const time = new Date(repeatOf.at).toISOString().slice(11, 23);
    texts.push(`Repeat: this webhook-id came at ${time}, and the answer was ${repeatOf.answer}.`);
  } else if (seenBefore.size > 0) {
    texts.push(`Repeat: ${entryCount(seenBefore.size)} in it came before, under another webhook-id.`);
  }
  return texts.map((text) => paint("yellow", `  ${text}`));
}

function entryLines(
  { entries, seenBefore }: JudgedRequest,
  { verbose, paint }: { verbose: boolean; paint: Paint },
): string[] {
  const columns: Column<ReceivedEntry>[] = [
    { title: "date", cell: ({ date }) => printable(date ?? "no date") },
    { title: "type", cell: ({ type }) => printable(type ?? "no type"), paint: (text) => paint("bold", text) },
    { title: "name", cell: ({ type = "" }) => eventTypes.get(type)?.name ?? "-" },
    { title: "user", cell: ({ user }) => printable(user ?? "-") },
    { title: "ip", cell: ({ ip }) => printable(ip ?? "-") },
    {
      title: "repeat",
      cell: (entry) => (seenBefore.has(entry) ? "repeat" : ""),
      paint: (text) => paint("yellow", text),
    },
  ];
  return layOutTable(entries, columns).rows.flatMap((lines, at) => [
    ...lines.map((line) => `  ${line}`),
    ...(verbose ? wholeEntry(entries[at]?.whole) : []),
  ]);
}

function wholeEntry(whole: unknown): string[] {
  return toJson(whole, 2)
    .split("\n")
    .map((line) => `    ${line}`);
}

function describeSummary(summary: SinkSummary): string[] {
  const { requests, repeatedRequests, unreadableRequests, entries, distinctEntries, repeatedEntries } =
    summary;
  const { signatures } = summary;
  return [
    `${count(requests)} ${requests === 1 ? "request" : "requests"}, ${count(repeatedRequests)} of them repeats.`,
    `${entryCount(entries)}, ${count(distinctEntries)} distinct, ${count(repeatedEntries)} repeated.`,
    ...(signatures
      ? [
          `Signatures: ${signatures.valid} valid, ${signatures.invalid} invalid, ${signatures.missing} missing.`,
        ]
      : []),
    ...(unreadableRequests > 0 ? [`${count(unreadableRequests)} could not be read.`] : []),
  ];
}
