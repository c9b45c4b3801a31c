import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runningProgram, temporaryFolder, workspaceRoot } from "./harness.ts";

/** Runs a command of bench/ that must end well. @returns what it printed */
async function bench(file: string, args: readonly string[]): Promise<string> {
  await using running = runningProgram(join(workspaceRoot, "bench/throughput", file), args, {
    cwd: workspaceRoot,
  });
  expect(await running.ended, running.stderr).toBe(0);
  return running.stdout;
}

interface Run {
  readonly cell: number;
  readonly contender: string;
  readonly requests: number;
  readonly repeated: number;
}

/** Names of elements that are open at the end, or were closed without being open. */
function unbalanced(xml: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = "", rest = ""] of xml.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (closing) {
      if (open.pop() !== name) return [name];
    } else if (!rest.endsWith("/")) open.push(name);
  }
  return open;
}

// Slow machines, and several processes at once. Nothing here is about time.
describe("bench/throughput", { timeout: 300_000 }, () => {
  test("runs loghook, the bare loop and the original through all cells, and each delivers everything", async () => {
    await using folder = await temporaryFolder();
    const [json, svg] = [join(folder.path, "runs.json"), join(folder.path, "chart.svg")];
    // Fails when an entry is missing.
    const printed = await bench("main.ts", ["--quick", "--json", json, "--svg", svg]);

    const rows = printed.split("\n").filter((line) => /^\| [1-5] \|/.test(line));
    expect(rows.map((row) => row.split("|")[1]?.trim())).toEqual([..."12345", ..."12345"]);
    expect(printed).not.toContain("NaN");

    const { runs } = JSON.parse(await readFile(json, "utf8")) as { runs: Run[] };
    const names = runs.map(({ cell, contender }) => `${cell} ${contender}`);
    const expected = [1, 2, 3, 4, 5].flatMap((cell) => [
      `${cell} bare`,
      `${cell} loghook`,
      `${cell} original`,
    ]);
    expect(names.toSorted()).toEqual(expected);
    expect(runs.filter(({ repeated }) => repeated > 0)).toEqual([]);

    const chart = await readFile(svg, "utf8");
    expect(chart).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(unbalanced(chart)).toEqual([]);
    expect(chart).not.toMatch(/NaN|undefined|&(?!amp;|lt;|gt;)/);
    expect(chart.match(/<rect class="(loghook|bare|original)"/g)).toHaveLength(15);
    expect(chart.length).toBeLessThan(12_000);
  });

  test("counts the work per entry, and it is within the bounds of the baseline", async () => {
    const printed = await bench("work-per-entry.ts", ["--check"]);
    expect(printed.split("\n").filter((line) => line.includes("| array |"))).toHaveLength(9);
    expect(printed.split("\n").filter((line) => line.includes("| single |"))).toHaveLength(9);
  });
});
