import { expect, test } from "vitest";
import { type Column, layOutTable } from "./table.ts";

interface Row {
  readonly code: string;
  readonly size: string;
  readonly text: string;
}

const columns: readonly Column<Row>[] = [
  { title: "code", cell: ({ code }) => code },
  { title: "size", cell: ({ size }) => size, align: "right" },
  { title: "text", cell: ({ text }) => text },
];

const rows: readonly Row[] = [
  { code: "f", size: "7", text: "a login that failed for a reason that is not known to us" },
  { code: "limit_wc", size: "1,200", text: "blocked" },
];

test("without a width every row is one line, in columns as wide as their longest cell", () => {
  const { head, rows: lines, leftOut } = layOutTable(rows, columns);
  expect([head, ...lines.flat()]).toEqual([
    "code       size  text",
    "f             7  a login that failed for a reason that is not known to us",
    "limit_wc  1,200  blocked",
  ]);
  expect(leftOut).toEqual([]);
});

test("the last column is broken between words to fit the width", () => {
  const { rows: lines } = layOutTable(rows, columns, 40);
  expect(lines[0]).toEqual([
    "f             7  a login that failed for",
    "                 a reason that is not",
    "                 known to us",
  ]);
  expect(lines.flat().every((line) => line.length <= 40)).toBe(true);
});

test.for([
  { width: 36, leftOut: ["text"] },
  { width: 12, leftOut: ["size", "text"] },
  { width: 1, leftOut: ["size", "text"] },
])("at a width of $width it leaves out $leftOut, and says so", ({ width, leftOut }) => {
  expect(layOutTable(rows, columns, width).leftOut).toEqual(leftOut);
});

test("a word that is longer than the width stays whole", () => {
  const long = "x".repeat(50);
  const { rows: lines } = layOutTable(
    [{ code: `ab ${long} cd`, size: "", text: "" }],
    columns.slice(0, 1),
    30,
  );
  expect(lines).toEqual([["ab", long, "cd"]]);
});

test("colours go around the text and not around the blanks beside it, and do not count as width", () => {
  const painted = columns.map((column) => ({ ...column, paint: (text: string) => `<${text}>` }));
  const { rows: lines } = layOutTable(rows.slice(1), painted);
  expect(lines).toEqual([["<limit_wc>  <1,200>  <blocked>"]]);
  const { rows: broken } = layOutTable(rows.slice(0, 1), painted, 35);
  expect(broken[0]?.at(-1)).not.toContain("<>");
});

test("a table without rows has a head", () => {
  expect(layOutTable([], columns)).toEqual({ head: "code  size  text", rows: [], leftOut: [] });
});
