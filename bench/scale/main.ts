// What loghook takes when there is much of everything: many lanes, many tenants, a long log. Prints Markdown.
// `node --conditions=source bench/scale/main.ts [lanes|tenants|million …] [--quick] [--source] [--json FILE]`
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { loghookSource, publishedLoghook } from "../published-loghook.ts";
import type { Runner } from "./loghook-process.ts";
import { studies } from "./studies.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Proves that everything runs, and tells nothing of what it costs. */
    quick: { type: "boolean", default: false },
    /** Runs the sources in place of what is published, which takes more memory. */
    source: { type: "boolean", default: false },
    json: { type: "string" },
    /** An option of loghook's Node. May be repeated. */
    node: { type: "string", multiple: true, default: [] },
  },
});
const print = (line = ""): boolean => process.stdout.write(`${line}\n`);

const program = values.source ? loghookSource : publishedLoghook();
const runner: Runner = { program, nodeOptions: values.node };
const names = positionals.length === 0 ? Object.keys(studies) : positionals;
const results: Record<string, unknown> = {};
print(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"},`);
print(`${values.source ? "run from the sources" : "as it is published"}${values.quick ? ", --quick" : ""}.`);
for (const name of names) {
  const study = studies[name];
  if (!study) throw new Error(`There are ${Object.keys(studies).join(", ")}, but no ${name}.`);
  const { lines, result } = await study({ runner, quick: values.quick });
  print();
  for (const line of lines) print(line);
  results[name] = result;
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
