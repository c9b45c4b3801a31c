import type { Contender, Loaded, Part } from "./measure.ts";
import { median, spread } from "./statistics.ts";

export interface Findings {
  readonly node: string;
  readonly rounds: number;
  readonly starts: readonly Contender[];
  readonly parts: readonly Part[];
  readonly paths: readonly string[];
  readonly loaded: Readonly<Record<"bundled" | "unbundled", Loaded>>;
}

/** As Markdown. */
export function describeFindings({ node, rounds, starts, parts, paths, loaded }: Findings): string {
  const { bundled, unbundled } = loaded;
  return [
    `Node.js ${node}, ${rounds} rounds in turn; medians in ms, in brackets the middle half.`,
    "",
    ...table(["start", "wall", "CPU", "× `node -e 0`, wall"], starts.map(startRow)),
    "",
    `Of a start with compiled code kept (asked of the tenant: ${paths.join(", ")}):`,
    "",
    ...table(["part", "wall", "CPU"], parts.map(partRow)),
    "",
    `Loaded as modules: ${describeLoaded(bundled)}; not bundled: ${describeLoaded(unbundled)}.`,
    "",
  ].join("\n");
}

function startRow({ name, costs, ratios }: Contender): string[] {
  const walls = costs.map(({ wallMs }) => wallMs);
  const cpus = costs.map(({ cpuMs }) => cpuMs);
  return [name, spread(walls), spread(cpus), spread(ratios, 1)];
}

const partRow = ({ name, wallMs, cpuMs }: Part): string[] => [name, wallMs.toFixed(0), cpuMs.toFixed(0)];

const describeLoaded = ({ files, bytes }: Loaded): string => `${files} files, ${Math.round(bytes / 1000)} KB`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)];
}

/** "× 7.4": what is compared with the bound. */
export function describeRatio(starts: readonly Contender[]): string {
  return `Cold start: ${median(starts[1]?.ratios ?? []).toFixed(1)} × \`node -e 0\`.`;
}
