import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runIn, writeProjectFile } from "./empty-project.ts";
import { refuse } from "./report.ts";

// The program is bundled, so what a module of the project's own imports is a second copy of loghook and zod beside it. Held
// here is what must pass between the two: schemas and what is said of them, secrets, errors, records.
const module = `
import { appendFileSync } from "node:fs";
import { defineExporter, defineReceiver, type LogBatch, RecordsRejectedError, RetryableError, secret } from "@loghook/pipeline";
import { memoryReceiver, testBatch } from "@loghook/testkit";
import { z } from "zod";

export const memory = defineReceiver({
  type: "memory",
  config: z.strictObject({ records: z.int().describe("How many.") }),
  create: ({ records }) => memoryReceiver({ records: testBatch(records) }),
});

let calls = 0;
export const lines = defineExporter({
  type: "lines",
  config: z.strictObject({ file: z.string().describe("Where to."), token: secret() }),
  create: ({ file, token }) => ({
    async export([first, ...others]: LogBatch): Promise<void> {
      if (calls++ === 0) throw new RetryableError("Not at the first attempt.");
      for (const { attributes } of others) appendFileSync(file, \`\${token.reveal()} \${attributes["auth0.type"]}\\n\`);
      if (first) throw new RecordsRejectedError("Not this one.", { records: [first] });
    },
    async [Symbol.asyncDispose]() {},
  }),
});
`;

const config = `
components: [./own.ts, "@loghook/exporter-webhook"]
receivers: { memory: { records: 5 } }
exporters:
  lines: { file: lines.txt, token: "\${env:TOKEN}" }
  otel: { module: "@opentelemetry/sdk-logs", export: ConsoleLogRecordExporter }
extensions: { sqlite_storage: }
service:
  extensions: [sqlite_storage]
  pipelines: { logs: { receivers: [memory], exporters: [lines, otel] } }
`;

/** A config with components of the project's own, and with an exporter from npm, run by the published program. */
export async function checkOwnComponents(project: string): Promise<void> {
  const folder = join(project, "own-components");
  await writeProjectFile(folder, "own.ts", module);
  await writeProjectFile(folder, "loghook.yaml", config);
  const loghook = (...args: string[]) => runIn(folder, ["npx", "loghook", ...args], { TOKEN: "t0ken" });
  const said = [
    await loghook("print-config"),
    await loghook("schema", "--config", "loghook.yaml"),
    await loghook("run", "--once"),
    await readFile(join(folder, "lines.txt"), "utf8"),
  ].join("\n");
  refuse([
    ...expected.filter((words) => !said.includes(words)).map((words) => `It did not say: ${words}`),
    ...(said.includes("token: t0ken") ? ["It printed the secret"] : []),
  ]);
}

/** In the order of the commands above. */
const expected: readonly string[] = [
  'token: "[redacted]"',
  '"description": "Where to."',
  '"code":"RETRYABLE","error":"Not at the first attempt."',
  '"code":"RECORDS_REJECTED","error":"Not this one."',
  '"delivered":4,"parked":1',
  '"delivered":5,"parked":0',
  "eventName: 'auth0.f'",
  "t0ken f\n".repeat(4),
];
