import { matchesGlob } from "node:path";
import { type EventType, eventTypes, type Level, levelNames } from "@loghook/receiver-auth0";
import type { Io } from "./io.ts";
import { level } from "./option-values.ts";
import type { AddCommand } from "./program.ts";
import { type Column, layOutTable } from "./table.ts";
import { type Paint, painter, toJson } from "./terminal-text.ts";

interface TypesOptions {
  readonly level?: Level;
  readonly minLevel?: Level;
  readonly category?: string;
  readonly json?: true;
}

/** `loghook types`: which event types there are, to choose from for a filter. */
export const addTypesCommand: AddCommand = (program, io) => {
  program
    .command("types")
    .description("list the event types that Auth0 writes, with their levels and categories")
    .argument("[search]", "a code (f), a glob of codes (gd_*), or a text in code, name or description")
    .option("--level <level>", "types of exactly this level: 0 to 4, or its name", level)
    .option("--min-level <level>", "types of this level and above, as processors.filter.min_level", level)
    .option("--category <glob>", "types of these categories: auth.login.fail, *.fail")
    .option("--json", "print a JSON array with everything that is known about each type")
    .addHelpText("after", examples)
    .action((search: string | undefined, options: TypesOptions) => {
      const found = [...eventTypes.values()].filter(chosenBy(options)).filter(searchedBy(search));
      const exact = found.find(({ code }) => code === search);
      const text = exact ? describeType(exact, io) : describeTypes(found, io);
      io.stdout.write(options.json ? `${toJson(found, 2)}\n` : text);
    });
};

const examples = `
Levels: ${levelNames.map((name, number) => `${number} ${name}`).join(", ")}.

Examples:
  $ loghook types --min-level error              what a filter with min_level: error keeps
  $ loghook types --category 'auth.login.*'      every kind of login
  $ loghook types limit_wc                       what this code means`;

function chosenBy({ level, minLevel, category }: TypesOptions): (type: EventType) => boolean {
  return (type) =>
    (level === undefined || type.level === level) &&
    (minLevel === undefined || type.level >= minLevel) &&
    (category === undefined || matchesGlob(type.category ?? "", category));
}

/** Many codes are a letter or two, so a whole code means this one and not every text with the letter in it. */
function searchedBy(search: string | undefined): (type: EventType) => boolean {
  if (search === undefined) return () => true;
  if (eventTypes.has(search)) return ({ code }) => code === search;
  if (/[*?]/.test(search)) return ({ code }) => matchesGlob(code, search);
  const words = search.toLowerCase();
  return ({ code, name, description }) =>
    [code, name, description].some((text) => text.toLowerCase().includes(words));
}

function describeType({ code, name, level, outcome, category, description }: EventType, io: Io): string {
  const paint = painter(io.stdout, io.env);
  return [
    `${paint("bold", code)}  ${name}`,
    description,
    `level     ${level} ${levelNames[level]}`,
    `category  ${category ?? "none"}`,
    `outcome   ${outcome}`,
    "",
  ].join("\n");
}

function describeTypes(found: readonly EventType[], io: Io): string {
  if (found.length === 0) return `No event type matches. The categories are: ${categories()}.\n`;
  const paint = painter(io.stdout, io.env);
  const table = layOutTable(found, columnsOf(paint), io.stdout.columns);
  const total = `${found.length} of ${eventTypes.size} event types.`;
  const leftOut =
    table.leftOut.length > 0 && `A wider terminal or --json shows more: ${table.leftOut.join(", ")}.`;
  return [
    paint("bold", table.head),
    ...table.rows.flat(),
    "",
    [total, leftOut].filter(Boolean).join(" "),
    "",
  ].join("\n");
}

function categories(): string {
  const known = [...eventTypes.values()].flatMap(({ category }) => category ?? []);
  return [...new Set(known)].sort().join(", ");
}

function columnsOf(paint: Paint): Column<EventType>[] {
  return [
    { title: "code", cell: ({ code }) => code },
    {
      title: "level",
      cell: ({ level }) => `${level} ${levelNames[level]}`,
      paint: (cell, { level }) =>
        level >= 3 ? paint("red", cell) : level === 2 ? paint("yellow", cell) : cell,
    },
    { title: "name", cell: ({ name }) => name },
    { title: "category", cell: ({ category }) => category ?? "-" },
    { title: "outcome", cell: ({ outcome }) => outcome },
    { title: "description", cell: ({ description }) => description },
  ];
}
