import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addTestCommand } from "./test-command.ts";

const config = `
receivers: { auth0: { domain: "\${env:NOBODY_SETS_THIS}" } }
processors: { filter: { types: [f, limit_*], unknown_types: drop } }
exporters: { webhook: { url: "\${env:NOBODY_SETS_THIS}", timeout: wrong } }
extensions: { sqlite_storage: { directory: "\${env:NOBODY_SETS_THIS}" } }
service:
  extensions: [sqlite_storage]
  pipelines: { logs: { receivers: [auth0], processors: [filter], exporters: [webhook] } }
`;

/** A processor of one's own, which changes bodies, and breaks off where it is told to. */
const shouting = `
export const shout = {
  kind: "processor", type: "shout",
  config: { safeParse: (data) => ({ success: true, data }) },
  create: ({ word = "!" }) => ({
    process: (batch) => batch.map((record) => {
      if (record.body.type === "fp") throw new Error("No fp, please.");
      const { ip, ...body } = record.body;
      return { ...record, body: { ...body, description: (record.body.description ?? "") + word } };
    }),
  }),
};`;

const ownConfig = config
  .replace("receivers:", "components: [./shout.mjs]\nreceivers:")
  .replace("processors: { filter: {", "processors: { shout: { word: '${env:WORD:-!}' }, filter: {")
  .replace("processors: [filter]", "processors: [filter, shout]");

/** A folder with these files, gone after the test. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-test-command-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "loghook.yaml": config, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

async function run(folder: string, args: readonly string[] = ["loghook.yaml"], options?: FakeIoOptions) {
  const io = fakeIo(options);
  const code = await runVerb(
    addTestCommand,
    ["test", ...args.map((arg) => (arg.startsWith("-") ? arg : join(folder, arg)))],
    io,
  );
  const plain = (text: string): string => text.replaceAll(`${folder}/`, "");
  return { code, output: plain(io.output()), errors: plain(io.errors()) };
}

/** Runs one case of the config. */
async function runCase(text: string, files: Record<string, string> = {}) {
  const cases = `cases:\n  - name: the case\n${text.trim().replaceAll(/^/gm, "    ")}\n`;
  return await run(await folderWith({ "loghook.test.yaml": cases, ...files }));
}

test("what is kept and what is dropped is as expected, without a variable that the ends of the pipeline take", async () => {
  const { code, output, errors } = await runCase(`
entries: [f, s, limit_wc]
expect: { kept: [f, limit_wc], dropped: [s] }`);
  expect(errors).toBe("");
  expect(output).toBe("loghook.test.yaml\n  ✓ the case (logs)\n1 case passed.\n");
  expect(code).toBe(exitCodes.done);
});

test("each entry that is not as expected is shown with what was expected and what was found", async () => {
  const { code, output } = await runCase(`
entries: [f, s, limit_wc]
expect: { kept: [f, s], dropped: [limit_wc] }`);
  expect(output).toBe(
    [
      "loghook.test.yaml",
      "  ✗ the case (logs)",
      "      s (entry 1)",
      "        expected kept",
      "        found    dropped",
      "      limit_wc (entry 2)",
      "        expected dropped",
      "        found    kept",
      "1 case: 0 passed, 1 failed.",
      "",
    ].join("\n"),
  );
  expect(code).toBe(exitCodes.casesFailed);
});

const id = "90020260302091408334120000000000000001223372071234567801";

test.for<[string, string]>([
  ["a place", "{ kept: [0], dropped: [1] }"],
  ["a log_id", `{ kept: ["${id}"] }`],
  ["a type", "{ dropped: [s] }"],
  ["all of them", "{ records: [{ of: 0 }] }"],
])("entries can be named by %s", async ([, expected]) => {
  const { code, output } = await runCase(`
entries:
  - { log_id: "${id}", type: f }
  - { type: s }
expect: ${expected}`);
  expect(output).toContain("✓");
  expect(code).toBe(exitCodes.done);
});

test("the body that is delivered is what is expected, as a part, as a whole, and without what must not be there", async () => {
  const { output } = await runCase(
    `
entries:
  - { log_id: "${id}", type: f, ip: 198.51.100.7, description: Wrong password, details: { a: [1, 2] }, user_id: "" }
expect:
  records:
    - body: { description: Wrong password! }
      body_is: { log_id: "${id}", type: f, description: Wrong password!, details: { a: [1, 2] }, user_id: "" }
      body_lacks: [ip, details.*.ip, details.b]
      attributes: { client.address: 198.51.100.7, auth0.type: f }
      attributes_lack: [user.id]`,
    { "loghook.yaml": ownConfig, "shout.mjs": shouting },
  );
  expect(output).toContain("✓ the case (logs)");
});

test("whatever else is delivered is shown, field by field", async () => {
  const { output } = await runCase(
    `
entries: [{ type: f, ip: 198.51.100.7, description: Wrong, n: 1 }]
expect:
  records:
    - of: f
      body: { description: Right, ip: 198.51.100.7 }
      body_is: { type: f, description: Wrong!, m: 1 }
      body_lacks: [n]
      attributes: { client.address: 192.0.2.1 }
      attributes_lack: [client.address]
  nowhere: [198.51.100.7]`,
    { "loghook.yaml": ownConfig, "shout.mjs": shouting },
  );
  expect(
    output
      .split("\n")
      .slice(2, -2)
      .map((line) => line.trim()),
  ).toEqual([
    "f (entry 0) body.description",
    'expected "Right"',
    'found    "Wrong!"',
    "f (entry 0) body.ip",
    'expected "198.51.100.7"',
    "found    nothing",
    "f (entry 0) body.m",
    "expected 1",
    "found    nothing",
    "f (entry 0) body.n",
    "expected nothing",
    "found    1",
    "f (entry 0) body.n",
    "expected nothing",
    "found    1",
    "f (entry 0) attributes.client.address",
    'expected "192.0.2.1"',
    'found    "198.51.100.7"',
    "f (entry 0) attributes.client.address",
    "expected nothing",
    'found    "198.51.100.7"',
    "f (entry 0) attributes.client.address",
    'expected no "198.51.100.7"',
    "found    it is there",
  ]);
});

test("a sample is a plausible entry with some fields of one's own", async () => {
  const { output } = await runCase(`
entries: [{ sample: f, with: { user_name: ada@example.com, details: { error: { message: Mine. } } } }]
expect:
  records:
    - body: { type: f, user_name: ada@example.com, details: { error: { message: Mine. } } }
      attributes: { auth0.category: auth.login.fail, user.name: ada@example.com }`);
  expect(output).toContain("✓ the case (logs)");
});

test.for([
  { file: "array.json", text: '[{"type":"f"},{"type":"s"}]' },
  { file: "lines.jsonl", text: '{"type":"f"}\n\n{"type":"s"}\n' },
  { file: "pretty.json", text: '[\n {"type": "f"},\n {"type": "s"}\n]\n' },
])("entries can stand in $file beside the cases", async ({ file, text }) => {
  const { output } = await runCase(
    `
entries: [limit_wc, { from_file: given/${file} }, cls]
expect: { kept: [0, 1], dropped: [2, cls] }`,
    { [`given/${file}`]: text },
  );
  expect(output).toContain("✓ the case (logs)");
});

test("records can be given as they are, for receivers of other things", async () => {
  const { output } = await runCase(
    `
records:
  - { body: { description: a }, attributes: { auth0.type: f } }
  - { body: { description: b }, attributes: { auth0.type: s, log.record.uid: mine }, severity_number: 17 }
expect:
  kept: [0]
  dropped: [mine]
  records: [{ of: 0, body: { description: a! }, attributes: { log.record.uid: record-0 } }]`,
    {
      "loghook.yaml": ownConfig.replace("auth0: {", "kafka: {").replace("[auth0]", "[kafka]"),
      "shout.mjs": shouting,
    },
  );
  expect(output).toContain("✓ the case (logs)");
});

test("a processor that fails, fails the case and nothing else", async () => {
  const folder = await folderWith({
    "loghook.yaml": ownConfig.replace("[f, ", "[f, fp, "),
    "shout.mjs": shouting,
    "loghook.test.yaml":
      "cases:\n  - { name: one, entries: [fp], expect: { kept: true } }\n  - { name: two, entries: [f], expect: { kept: true } }\n",
  });
  const { code, output } = await run(folder);
  expect(output).toContain("found    The processor shout of ./shout.mjs failed: No fp, please.\n  ✓ two");
  expect(output).toContain("2 cases: 1 passed, 1 failed.");
  expect(code).toBe(exitCodes.casesFailed);
});

test("a case that names no pipeline is run in each, with the variables of the file", async () => {
  const folder = await folderWith({
    "shout.mjs": shouting,
    "loghook.yaml": ownConfig
      .replace("WORD:-!", "WORD")
      .replace("logs: {", "logs/quiet: { receivers: [auth0], exporters: [webhook] }, logs: {"),
    "loghook.test.yaml": `
env: { WORD: "?" }
cases:
  - { name: everywhere, entries: [f], expect: { kept: true } }
  - name: here
    pipeline: logs
    entries: [{ type: f, description: a }]
    expect: { records: [{ body: { description: "a?" } }] }`,
  });
  const { output } = await run(folder, ["loghook.test.yaml"], { env: { WORD: "not this" } });
  expect(output).toContain(
    "  ✓ everywhere (logs/quiet)\n  ✓ everywhere (logs)\n  ✓ here (logs)\n3 cases passed.",
  );
});

test("a folder stands for all of its case files, and --config for another config than the one beside them", async () => {
  const cases = "cases: [{ name: one, entries: [f], expect: { kept: true } }]";
  const folder = await folderWith({
    "a.yaml": config,
    "a.test.yaml": cases,
    "loghook.test.yml": cases,
    "loghook.yml": config.replace("[f, ", "[fp, "),
    "b.test.yaml": `config: a.yaml\n${cases}`,
  });
  expect((await run(folder, ["."])).output).toBe(
    `a.test.yaml\n  ✓ one (logs)\nb.test.yaml\n  ✓ one (logs)\nloghook.test.yml\n  ✗ one (logs)
      f (entry 0)\n        expected kept\n        found    dropped\n3 cases: 2 passed, 1 failed.\n`,
  );
  const io = fakeIo();
  const args = ["test", "--config", join(folder, "a.yaml"), join(folder, "loghook.test.yml")];
  expect(await runVerb(addTestCommand, args, io)).toBe(exitCodes.done);
});

test("as JSON it gives what became of each case", async () => {
  const folder = await folderWith({
    "loghook.test.yaml": "cases: [{ name: one, entries: [s], expect: { kept: true } }]",
  });
  const { output } = await run(folder, ["--json", "loghook.yaml"]);
  expect(JSON.parse(output)).toEqual([
    {
      file: "loghook.test.yaml",
      name: "one",
      pipeline: "logs",
      faults: [{ record: "s (entry 0)", path: "", expected: "kept", found: "dropped" }],
    },
  ]);
});

test.for<[string, string, string]>([
  ["without cases", "cases: []", "1:8 cases must have at least one case"],
  [
    "with a misspelt key",
    "cases: [{ name: a, entries: [f], expect: { kpt: true } }]",
    "1:44 cases.0.expect.kpt is not a setting; did you mean kept?",
  ],
  [
    "with a case that expects nothing",
    "cases: [{ name: a, entries: [f], expect: {} }]",
    "1:34 cases.0.expect must say something: kept, dropped, records or nowhere",
  ],
  [
    "with a case that gives nothing",
    "cases: [{ name: a, expect: { kept: true } }]",
    "1:9 cases.0 must have entries, or else records",
  ],
  [
    "with an empty list of entries",
    "cases: [{ name: a, entries: [], expect: { kept: true } }]",
    "1:29 cases.0.entries must give at least one",
  ],
  [
    "with a log_id that lost its digits",
    `cases: [{ name: a, entries: [{ log_id: ${id} }], expect: { kept: true } }]`,
    "1:40 cases.0.entries.0.log_id must stand in quotes: it has more digits than a number can hold",
  ],
  [
    "with an entry that is none",
    "cases: [{ name: a, entries: [5], expect: { kept: true } }]",
    "1:30 cases.0.entries.0 must be an entry, the code of a type, {sample: code, with: {…}} or {from_file: path}",
  ],
  [
    "with a misspelt sample",
    "cases: [{ name: a, entries: [ff], expect: { kept: true } }]",
    '1:30 cases.0.entries.0 asks for a sample of "ff", which no event type of the catalogue is; did you mean f?',
  ],
  [
    "with a misspelt key of a sample",
    "cases: [{ name: a, entries: [{ sample: f, whit: {} }], expect: { kept: true } }]",
    "1:43 cases.0.entries.0.whit is not a setting; take it out",
  ],
  [
    "with a name that nothing has",
    "cases: [{ name: a, entries: [f], expect: { kept: [f, 1] } }]",
    "1:54 cases.0.expect.kept.1 names 1, which is neither a type, a log_id nor a place of what is given",
  ],
  [
    "with a record that nothing is",
    "cases: [{ name: a, entries: [f], expect: { records: [{ of: s }] } }]",
    '1:60 cases.0.expect.records.0.of names "s", which is neither a type, a log_id nor a place of what is given',
  ],
  [
    "with a pipeline that is not there",
    "cases: [{ name: a, pipeline: log, entries: [f], expect: { kept: true } }]",
    "1:30 cases.0.pipeline names log, which the config does not have; did you mean logs?",
  ],
  [
    "with a file that is not there",
    "cases: [{ name: a, entries: [{ from_file: no.json }], expect: { kept: true } }]",
    "1:30 cases.0.entries.0 names no.json, which cannot be read (ENOENT)",
  ],
  [
    "with a file of something else",
    "cases: [{ name: a, entries: [{ from_file: loghook.yaml }], expect: { kept: true } }]",
    "1:30 cases.0.entries.0 names loghook.yaml, which holds neither JSON nor JSON Lines",
  ],
  [
    "that is not YAML",
    "cases: [",
    "1:9 The file is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
])("a case file %s is refused, with the place", async ([, text, problem]) => {
  const folder = await folderWith({ "loghook.test.yaml": text });
  const { code, output, errors } = await run(folder);
  expect(errors).toBe(`loghook.test.yaml:${problem}\n`);
  expect(output).toBe("");
  expect(code).toBe(exitCodes.config);
});

test("entries for a pipeline without the receiver of Auth0 are refused", async () => {
  const folder = await folderWith({
    "loghook.yaml": config.replace("auth0: {", "kafka: {").replace("[auth0]", "[kafka]"),
    "loghook.test.yaml": "cases: [{ name: a, entries: [f], expect: { kept: true } }]",
  });
  expect((await run(folder)).errors).toBe(
    "loghook.test.yaml:1:29 cases.0.entries are Auth0's, and the pipeline logs has no receiver of the type auth0; give records instead\n",
  );
});

test.for<[string, string, RegExp]>([
  [
    "a processor that is wrong",
    config.replace("unknown_types: drop", "unknown_types: no"),
    /^loghook\.yaml:3:61 processors\.filter\.unknown_types must be one of keep, drop/,
  ],
  [
    "a variable that a processor takes",
    config.replace("types: [f, limit_*]", "types: '${env:TYPES}'"),
    /^loghook\.yaml:3:32 processors\.filter\.types needs the environment variable TYPES, which is not set/,
  ],
  [
    "a processor that is not there",
    config.replace("processors: [filter]", "processors: [filtr]"),
    /names filtr, which is not among the processors; did you mean filter\?/,
  ],
])("a config with %s is refused", async ([, text, problem]) => {
  const folder = await folderWith({
    "loghook.yaml": text,
    "loghook.test.yaml": "cases: [{ name: a, entries: [f], expect: { kept: true } }]",
  });
  const { code, errors } = await run(folder);
  expect(errors).toMatch(problem);
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
  expect(code).toBe(exitCodes.config);
});

test("where nothing is to be run it says what to write", async () => {
  const folder = await folderWith({});
  await expect(run(folder)).rejects.toMatchObject({
    message: expect.stringMatching(/^There are no cases for .*loghook\.yaml\.$/),
    remedy: expect.stringMatching(/^Write them into .*loghook\.test\.yaml; loghook test --help shows how\.$/),
  });
  await expect(run(folder, ["."])).rejects.toThrow(/^The folder .* has no cases in it\.$/);
});
