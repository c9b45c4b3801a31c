// Runs in vitest's main process: before the first test file, and after the last.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isExcepted } from "./exceptions.ts";
import { createScanner } from "./scanner.ts";

interface Found {
  readonly file: string;
  readonly test: string;
  readonly source: string;
  readonly secret: string;
  readonly around: string;
}

/** Makes the folder in which workers note what they find. What this returns ends the run. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "loghook-findings-"));
  process.env.LOGHOOK_TEST_FINDINGS = folder;
  const printed = watchVitest();
  return () => {
    const found = [...linesOf<Found>(folder, "findings"), ...printed];
    const scanned = linesOf<{ outputs: number; characters: number }>(folder, "scanned");
    rmSync(folder, { recursive: true });
    process.stdout.write(`\n${summary(scanned, found)}\n`);
    if (found.length > 0) process.exitCode = 1;
  };
}

/** What vitest prints itself: names of tests, and errors with what they compare. */
function watchVitest(): Found[] {
  const found: Found[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const scanner = createScanner();
    const source = `${name} of vitest`;
    const write = process[name].write.bind(process[name]) as (...args: unknown[]) => boolean;
    process[name].write = ((piece: string | Uint8Array, ...rest: unknown[]) => {
      const findings = scanner.scan(
        typeof piece === "string" ? piece : Buffer.from(piece).toString("latin1"),
      );
      const places = findings.map((finding) => ({ file: "?", test: "see above", source, ...finding }));
      found.push(...places.filter((place) => !isExcepted(place)));
      return write(piece, ...rest);
    }) as typeof process.stdout.write;
  }
  return found;
}

function linesOf<Line>(folder: string, name: string): Line[] {
  const file = join(folder, `${name}.jsonl`);
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  return lines.map((line) => JSON.parse(line) as Line);
}

function summary(
  scanned: readonly { outputs: number; characters: number }[],
  found: readonly Found[],
): string {
  const outputs = scanned.reduce((sum, one) => sum + one.outputs, 0);
  const characters = scanned.reduce((sum, one) => sum + one.characters, 0);
  const size = `${outputs} outputs, ${(characters / 1e6).toFixed(1)} million characters`;
  if (found.length === 0) return `No planted secret was printed, sent or stored (${size}).`;
  const lines = found.map(
    ({ file, test, source, secret, around }) =>
      `LEAK of ${secret}\n  in ${file} > ${test}\n  ${source}: ${JSON.stringify(around)}`,
  );
  return [`Planted secrets were found (${size}):`, ...new Set(lines)].join("\n");
}
