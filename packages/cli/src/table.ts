/** What stands below one title of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: "left" | "right";
  cell(row: Row): string;
  /** Colours what stands in a cell. */
  paint?(text: string, row: Row): string;
}

export interface Table {
  /** The titles. */
  readonly head: string;
  /** The lines of each row: more than one where the last column had to be broken. */
  readonly rows: readonly (readonly string[])[];
  /** Titles of the columns that found no room. */
  readonly leftOut: readonly string[];
}

const gap = "  ";

/** The last column is broken into lines down to this width; when even that is not there, it is left out. */
const minBrokenWidth = 20;

/**
 * Lays rows out in aligned columns.
 *
 * @param width in characters, which the lines keep to where the first column allows it: the last column is broken into
 * several lines, and columns without room are left out from the right. Default: as wide as it gets, a line for each row.
 */
export function layOutTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number = Number.POSITIVE_INFINITY,
): Table {
  const natural = columns.map(({ title, cell }) => Math.max(...[title, ...rows.map(cell)].map(widthOf)));
  const widths = fit(natural, width);
  const shown = columns.slice(0, widths.length);
  return {
    head: joinCells(shown.map(({ title, align }, at) => pad(title, widths[at], align))),
    rows: rows.map((row) => linesOf(row, shown, widths)),
    leftOut: columns.slice(widths.length).map(({ title }) => title),
  };
}

/** Widths of the columns from the left that find room in `total`. */
function fit(natural: readonly number[], total: number): number[] {
  const widths: number[] = [];
  let left = total;
  for (const width of natural) {
    if (widths.length > 0 && left < Math.min(width, minBrokenWidth)) break;
    widths.push(Math.min(width, Math.max(left, minBrokenWidth)));
    left -= width + gap.length;
  }
  return widths;
}

function linesOf<Row>(row: Row, columns: readonly Column<Row>[], widths: readonly number[]): string[] {
  const cells = columns.map(({ cell }, at) => breakIntoLines(cell(row), widths[at] ?? 0));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    joinCells(
      columns.map(({ align, paint }, at) => {
        const text = cells[at]?.[line] ?? "";
        const padded = pad(text, widths[at], align);
        return paint && text ? padded.replace(text, () => paint(text, row)) : padded;
      }),
    ),
  );
}

/** A word that is longer than the width stays whole. */
function breakIntoLines(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (widthOf(line) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function joinCells(cells: readonly string[]): string {
  return cells.join(gap).trimEnd();
}

function pad(text: string, width = 0, align: "left" | "right" = "left"): string {
  const filling = " ".repeat(Math.max(0, width - widthOf(text)));
  return align === "left" ? text + filling : filling + text;
}

function widthOf(text: string): number {
  return [...text].length;
}
