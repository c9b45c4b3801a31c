import { appendFile, mkdir, mkdtempDisposable, readFile, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Exporter, RetryableError } from "@loghook/pipeline";
import { exporterContract } from "@loghook/testkit";

/** What you want to test: it writes each entry as a line of a file. */
function createFileExporter(path: string): Exporter {
  return {
    async export(batch, { signal }) {
      signal.throwIfAborted();
      const lines = batch.map(({ body }) => `${JSON.stringify(body)}\n`);
      // `flush`: delivered is what is on the disk.
      await appendFile(path, lines.join(""), { flush: true }).catch((cause) => {
        throw new RetryableError(`${path} cannot be written.`, { cause });
      });
    },
    async [Symbol.asyncDispose]() {},
  };
}

exporterContract("my file exporter", {
  async start() {
    const folder = await mkdtempDisposable(join(tmpdir(), "file-exporter-"));
    const path = join(folder.path, "auth0.jsonl");
    return {
      createExporter: () => createFileExporter(path),
      async arrived() {
        const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").filter(Boolean);
        return lines.map((line) => JSON.parse(line).log_id);
      },
      // A folder in its place: the file cannot be written.
      fail: () => mkdir(path),
      take: () => rmdir(path),
      failAfterOne: { cannot: "a batch is one write" },
      reject: { cannot: "a file takes every text" },
      hang: { cannot: "a write to a file ends by itself" },
      [Symbol.asyncDispose]: () => folder.remove(),
    };
  },
});
