import type { RunRecord } from "@loghook/pipeline";

/** 12345 → "12,345" */
export function count(value: number): string {
  const rounded = Math.round(value);
  // The first number that a language writes costs as much as `node -e 0`: a run with nothing new has none that needs it.
  return Math.abs(rounded) < 1000 ? String(rounded) : rounded.toLocaleString("en-US");
}

/** "1 entry", "2,000 entries" */
export function entries(value: number): string {
  return `${count(value)} ${value === 1 ? "entry" : "entries"}`;
}

/** What became of entries: "250 read", "20 kept", "18 delivered", and "2 parked", "1 dropped" where there are any. */
export function counts(run: Pick<RunRecord, "read" | "kept" | "delivered" | "parked" | "dropped">): string[] {
  const { read, kept, delivered, parked, dropped } = run;
  const parts = [`${count(read)} read`, `${count(kept)} kept`, `${count(delivered)} delivered`];
  if (parked > 0) parts.push(`${count(parked)} parked`);
  if (dropped > 0) parts.push(`${count(dropped)} dropped`);
  return parts;
}

/** A length of time in its two largest units: "850 ms", "12 s", "3 min 20 s", "2 h 5 min", "1 d 4 h". */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, { size: 60, units: ["min", "s"] });
  if (seconds < 86_400) return pair(Math.round(seconds / 60), { size: 60, units: ["h", "min"] });
  return pair(Math.round(seconds / 3600), { size: 24, units: ["d", "h"] });
}

function pair(value: number, { size, units }: { size: number; units: readonly [string, string] }): string {
  const [large, small] = [Math.floor(value / size), value % size];
  return small === 0 ? `${large} ${units[0]}` : `${large} ${units[0]} ${small} ${units[1]}`;
}

/** A moment in UTC to the second: "2026-11-21 14:03:07 UTC". */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
