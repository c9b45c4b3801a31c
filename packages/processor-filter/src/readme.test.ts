import { readFile } from "node:fs/promises";
import { testRecord } from "@loghook/testkit";
import { SeverityNumber } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { filterConfig } from "./config.ts";
import { createFilterProcessor } from "./processor.ts";

const packageFolder = new URL("..", import.meta.url);
const readme = await readFile(new URL("README.md", packageFolder), "utf8");

/** The cells of the table whose first heading this is, row by row, without the headings. */
function tableRows(firstHeading: string): string[][] {
  const rows = readme.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const start = rows.findIndex(([, cell]) => cell === firstHeading);
  const end = rows.findIndex((cells, index) => index > start && cells.length === 1);
  return rows.slice(start + 2, end).map((cells) => cells.slice(1, -1));
}

const records = {
  f: SeverityNumber.ERROR,
  fp: SeverityNumber.ERROR,
  s: SeverityNumber.INFO,
  ss: SeverityNumber.INFO,
  new_named: SeverityNumber.UNSPECIFIED,
  new_other: SeverityNumber.UNSPECIFIED,
};

const truthRows = tableRows("set").map(([set = "", match = "", unknownTypes, ...cells]) => ({
  set,
  match,
  unknownTypes,
  cells,
}));

test.for(truthRows)(
  "the truth table holds for $set set, match $match, unknown_types $unknownTypes",
  async (row) => {
    const config = filterConfig.parse({
      ...(row.set.includes("min_level") && { min_level: "error" }),
      ...(row.set.includes("types") && { types: ["f", "s", "new_named"] }),
      unknown_types: row.unknownTypes,
    });
    for (const match of row.match.split(" or ")) {
      const filter = createFilterProcessor({ ...config, match: match as "all" | "any" });
      const cells = Object.entries(records).map(async ([type, severityNumber]) => {
        const record = testRecord(1, { severityNumber, attributes: { "auth0.type": type } });
        return (await filter.process([record])).length === 1 ? "kept" : "–";
      });
      expect(await Promise.all(cells)).toEqual(row.cells);
    }
  },
);

test("the truth table has every combination", () => {
  expect(new Set(truthRows.map((row) => `${row.set} ${row.match} ${row.unknownTypes}`)).size).toBe(10);
});
