// Loaded by --import: prints at the end, as one line of JSON on stderr, how many files of node_modules were loaded as
// modules, and how many bytes these have.
import { statSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const urls = new Set();
registerHooks({
  load(url, context, nextLoad) {
    if (url.includes("/node_modules/")) urls.add(url);
    return nextLoad(url, context);
  },
});
process.on("exit", () => {
  const sizes = [...urls].map((url) => statSync(fileURLToPath(url)).size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  process.stderr.write(`${JSON.stringify({ files: sizes.length, bytes })}\n`);
});
