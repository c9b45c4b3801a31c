import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addValidateCommand } from "./validate-command.ts";

const config = `
receivers: { auth0: { domain: acme.eu.auth0.com, token: abc } }
exporters: { webhook: { url: http://127.0.0.1:1/ } }
extensions: { sqlite_storage: }
service:
  extensions: [sqlite_storage]
  pipelines: { logs: { receivers: [auth0], exporters: [webhook] } }
`;

test("the cases of loghook test, which lie beside configs, are no configs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loghook-validate-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of ["a.yaml", "b.yml"]) await writeFile(join(folder, name), config);
  for (const name of ["a.test.yaml", "b.test.yml"]) await writeFile(join(folder, name), "cases: []");
  const io = fakeIo();
  expect(await runVerb(addValidateCommand, ["validate", folder], io)).toBe(exitCodes.done);
  expect(io.errors()).toBe("");
  expect(io.output()).toContain("2 of 2 files are valid.");
});
