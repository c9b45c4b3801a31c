// How long `loghook run --once` takes that finds nothing new, beside `node -e 0`, and what it spends that time on. Builds,
// packs and installs loghook as npm does, then measures: `node --conditions=source bench/cold-start.ts`. With --quick a
// round of each, to prove that it runs; with --json FILE the figures go there, too.
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareStarts, countLoaded, splitStart } from "./cold-start/measure.ts";
import { describeFindings, describeRatio } from "./cold-start/report.ts";
import { makeWorld, startQuietTenant } from "./cold-start/world.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    rounds: { type: "string", default: "21" },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);

await using folder = await mkdtempDisposable(join(tmpdir(), "loghook-cold-start-"));
await using tenant = await startQuietTenant();
const world = await makeWorld(folder.path, tenant);
const starts = await compareStarts(world, rounds);
const { parts, paths } = await splitStart(world, rounds);
const loaded = await countLoaded(world);
const findings = { node: process.version, rounds, starts, parts, paths, loaded };
process.stdout.write(`${describeFindings(findings)}\n${describeRatio(starts)}\n`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(findings, null, 2)}\n`);
