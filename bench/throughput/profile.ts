// Where the time of an entry goes, in loghook and in the bare loop: `node --conditions=source bench/throughput/profile.ts [cell]`.
// Samples of the main thread, by the wall clock: a program that the system has put aside counts as working. The first third
// of a run, in which code is loaded and compiled, is left out.
import { mkdtempDisposable, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loghookSource } from "../published-loghook.ts";
import { cells } from "./cells.ts";
import { contendersWith } from "./contenders.ts";
import { runCell } from "./run-cell.ts";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const number = Number(process.argv[2] ?? 1);
const cell = cells.find((one) => one.number === number);
if (cell === undefined) throw new Error(`There is no cell ${number}.`);
const warmUpShare = 1 / 3;

const profiles = new Map<string, Map<string, number>>();
for (const contender of contendersWith(loghookSource)) {
  if (contender.name === "original") continue;
  await using folder = await mkdtempDisposable(join(tmpdir(), "loghook-profile-"));
  const options = ["--cpu-prof", `--cpu-prof-dir=${folder.path}`, "--cpu-prof-interval=200"];
  await runCell({ ...cell, entries: cell.entries * 2 }, contender, options);
  const [file = ""] = await readdir(folder.path);
  const profile = JSON.parse(await readFile(join(folder.path, file), "utf8")) as CpuProfile;
  profiles.set(contender.name, microsByArea(profile));
}

const [loghook, bare] = [profiles.get("loghook"), profiles.get("bare")];
const measured = cell.entries * 2 * (1 - warmUpShare);
const shown = (micros = 0): string => (micros / measured).toFixed(1);
process.stdout.write(`| cell ${number}, µs per entry | loghook | bare loop |\n| --- | ---: | ---: |\n`);
for (const area of new Set([...(loghook?.keys() ?? []), ...(bare?.keys() ?? [])])) {
  process.stdout.write(`| ${area} | ${shown(loghook?.get(area))} | ${shown(bare?.get(area))} |\n`);
}

function microsByArea({ nodes, startTime, endTime, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const areas = new Map(nodes.map((node) => [node.id, areaOf(node.callFrame)]));
  const begin = startTime + (endTime - startTime) * warmUpShare;
  const micros = new Map<string, number>();
  let time = startTime;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    time += delta;
    const area = areas.get(id);
    if (time >= begin && area !== undefined) micros.set(area, (micros.get(area) ?? 0) + delta);
  }
  return new Map([...micros].toSorted(([, a], [, b]) => b - a));
}

/** Undefined: nothing to do. */
function areaOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string | undefined {
  if (functionName === "(idle)") return undefined;
  if (functionName === "(garbage collector)") return "collecting garbage";
  if (functionName.startsWith("write") && url === "") return "writing to sockets";
  const [, owner] = /\/packages\/([^/]+)\/src\//.exec(url) ?? [];
  if (url.endsWith("/exact-json.ts")) return "reading JSON";
  if (owner !== undefined) return `packages/${owner}`;
  if (url.includes("/undici/") || url.startsWith("wasm:")) return "undici";
  if (url.endsWith("/bare-loop.ts")) return "reading and writing JSON, the bare loop";
  return "Node.js";
}
