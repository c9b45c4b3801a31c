// Prints, at the end of the process, one line of JSON on stderr: the files that it has loaded as modules, and the parts of
// Node.js itself, by the names that these have within it.
import { registerHooks } from "node:module";

const urls = new Set();
registerHooks({
  load(url, context, nextLoad) {
    urls.add(url);
    return nextLoad(url, context);
  },
});

process.on("exit", () => {
  const files = [...urls].filter((url) => url.startsWith("file:"));
  process.stderr.write(`${JSON.stringify({ files, internals: process.moduleLoadList })}\n`);
});
