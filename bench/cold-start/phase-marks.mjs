// Loaded into loghook by --import: prints at the end, as one line of JSON on stderr, when each part of a start began, and
// how much CPU time the process had used by then. It stands at the borders of the program, in Node.js itself, so that the
// program is the one that everybody has.
import { subscribe } from "node:diagnostics_channel";
import { syncBuiltinESMExports } from "node:module";

const marks = [];
function mark(name) {
  if (marks.some((one) => one.name === name)) return;
  const { user, system } = process.cpuUsage();
  marks.push({ name, wallMs: performance.now(), cpuMs: (user + system) / 1000 });
}

const files = process.getBuiltinModule("node:fs/promises");
const { readFile } = files;
files.readFile = (...given) => {
  mark("config");
  return readFile(...given);
};
const sqlite = process.getBuiltinModule("node:sqlite");
const { DatabaseSync } = sqlite;
sqlite.DatabaseSync = class extends DatabaseSync {
  constructor(...given) {
    mark("storage");
    super(...given);
  }
};
syncBuiltinESMExports();

const paths = [];
subscribe("undici:request:create", ({ request }) => {
  paths.push(request.path.split("?")[0]);
  mark("requests");
});
subscribe("undici:request:trailers", () => {
  const at = marks.findIndex(({ name }) => name === "closing");
  if (at !== -1) marks.splice(at, 1);
  mark("closing");
});
process.on("exit", () => {
  mark("ending");
  process.stderr.write(`${JSON.stringify({ marks, paths })}\n`);
});
mark("imports");
