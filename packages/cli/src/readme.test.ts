import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadCaseFile } from "./case-file.ts";
import { fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addTestCommand } from "./test-command.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

/** A folder that is gone after the test, with these cases beside a config that they are meant for. */
async function folderWith(cases: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-readme-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "loghook.test.yaml"), cases);
  await writeFile(
    join(folder, "loghook.yaml"),
    `
receivers: { auth0: { domain: "\${env:AUTH0_DOMAIN}" } }
processors:
  filter: { types: [f, limit_wc] }
  redact:
    hmac_key: \${env:REDACT_KEY}
    rules: [{ path: ip, action: remove }]
exporters: { webhook: { url: "\${env:WEBHOOK_URL}" } }
extensions: { sqlite_storage: }
service:
  extensions: [sqlite_storage]
  pipelines: { logs: { receivers: [auth0], processors: [filter, redact], exporters: [webhook] } }
`,
  );
  return folder;
}

test("the cases in the README pass, and fail where the config does something else", async () => {
  const [, cases = ""] = /## Test a config.*?```yaml\n(.*?)```/s.exec(readme) ?? [];
  for (const [change, code] of [
    [(text: string) => text, exitCodes.done],
    [(text: string) => text.replace("path: ip", "path: user_agent"), exitCodes.casesFailed],
  ] as const) {
    const folder = await folderWith(cases);
    const config = join(folder, "loghook.yaml");
    await writeFile(config, change(await readFile(config, "utf8")));
    const io = fakeIo();
    expect([await runVerb(addTestCommand, ["test", config], io), io.errors()]).toEqual([code, ""]);
  }
});

test("the cases in the help are such as can be read", async () => {
  const io = fakeIo();
  await runVerb(addTestCommand, ["test", "--help"], io);
  const [, cases = ""] = /beside it:\n\n(.*?)\n\nEntries become/s.exec(io.output()) ?? [];
  const folder = await folderWith(cases.replaceAll(/^ {2}/gm, ""));
  const { data } = await loadCaseFile(join(folder, "loghook.test.yaml"));
  expect(data.cases[0]).toMatchObject({ pipeline: "logs", expect: { kept: ["f", "limit_wc"] } });
});

test("every verb of the program stands in the README", async () => {
  const { runCli } = await import("./program.ts");
  const io = fakeIo();
  await runCli(["--help"], io);
  const verbs = [...io.output().matchAll(/^ {2}([a-z-]+) (?:\[|<)/gm)].map(([, verb]) => verb);
  expect(verbs.length).toBeGreaterThan(8);
  const rows = [...readme.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, verb]) => verb);
  expect(rows).toEqual(expect.arrayContaining(verbs.filter((verb) => verb !== "help")));
});
