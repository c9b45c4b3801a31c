import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { loadModule } from "./load-module.ts";

/** A folder that is gone after the test, with these files in it. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-modules-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const sink = {
  "node_modules/@acme/sink/package.json": JSON.stringify({
    name: "@acme/sink",
    version: "1.0.0",
    type: "module",
    exports: { ".": "./main.js", "./part": "./part.js", "./typed": "./typed.ts", "./gone": "./gone.js" },
  }),
  "node_modules/@acme/sink/main.js": "export const name = 'whole';",
  "node_modules/@acme/sink/part.js": "export const name = 'part';",
  "node_modules/@acme/sink/typed.ts": "export const name: string = 'typed';",
};

test.for([
  { specifier: "./mine.js", name: "mine" },
  { specifier: "./typed.ts", name: "typed" },
  { specifier: "./in/inner.mjs", name: "inner" },
  { specifier: "./with space.js", name: "spaced" },
  { specifier: "@acme/sink", name: "whole" },
  { specifier: "@acme/sink/part", name: "part" },
  { specifier: "old-style", name: "old" },
])("loads $specifier as seen from the config's folder", async ({ specifier, name }) => {
  const directory = await folderWith({
    ...sink,
    "mine.js": "export const name = 'mine';",
    "typed.ts": "export const name: string = 'typed';",
    "in/inner.mjs": "export const name = 'inner';",
    "with space.js": "export const name = 'spaced';",
    "package.json": JSON.stringify({ type: "module" }),
    "node_modules/old-style/package.json": JSON.stringify({ name: "old-style", main: "./lib/index.js" }),
    "node_modules/old-style/lib/index.js": "exports.name = 'old';",
  });
  expect(await loadModule(specifier, directory)).toMatchObject({ name });
});

test("loads a file of the folder above, and one by its absolute path", async () => {
  const directory = await folderWith({ "up.mjs": "export const name = 'up';", "conf/loghook.yaml": "" });
  expect(await loadModule("../up.mjs", join(directory, "conf"))).toMatchObject({ name: "up" });
  expect(await loadModule(join(directory, "up.mjs"), "/nowhere")).toMatchObject({ name: "up" });
});

test("finds a package in the node_modules of a folder above", async () => {
  const directory = await folderWith({ ...sink, "a/b/loghook.yaml": "" });
  expect(await loadModule("@acme/sink", join(directory, "a/b"))).toMatchObject({ name: "whole" });
});

test("finds what loghook itself depends on, from a folder that has nothing", async () => {
  const directory = await folderWith({});
  expect(await loadModule("zod", directory)).toHaveProperty("strictObject");
});

test("gives the same module again", async () => {
  const directory = await folderWith({ "mine.mjs": "export const made = {};" });
  const [first, second] = [
    await loadModule("./mine.mjs", directory),
    await loadModule("./mine.mjs", directory),
  ];
  expect(second.made).toBe(first.made);
});

const broken = {
  ...sink,
  "throws.mjs": "throw new Error('No licence');",
  "throws-text.mjs": "throw 'just a text';",
  "needs-more.mjs": "import 'left-pad-of-nobody';",
  "folder/file.mjs": "",
  "plain.ts": "",
};

test.for([
  {
    specifier: "./missing.ts",
    message: "There is no file DIR/missing.ts.",
    remedy: "Write the path as seen from the folder of the config file, with the ending of the file.",
  },
  { specifier: "./folder", message: "DIR/folder is a folder.", remedy: "Name a file in it." },
  {
    specifier: "@acme/other/part",
    message: "There is no package @acme/other to be found from DIR.",
    remedy: 'Run "npm install @acme/other" in the folder of the config file.',
  },
  {
    specifier: "plain.ts",
    message: "There is no package plain.ts to be found from DIR.",
    remedy: "If the file of that name is meant, write ./plain.ts.",
  },
  {
    specifier: "@acme/sink/inner",
    message: "The package @acme/sink has no part inner.",
    remedy: 'What can be imported stands in its package.json, under "exports" or "main".',
  },
  {
    specifier: "@acme/sink/gone",
    message: "The package @acme/sink is there, but cannot be imported as @acme/sink/gone.",
    remedy: 'What can be imported stands in its package.json, under "exports" or "main".',
  },
  {
    specifier: "@acme/sink/typed",
    message:
      "DIR/node_modules/@acme/sink/typed.ts is TypeScript, which Node.js does not run from node_modules.",
    remedy:
      "Have the package bring JavaScript, or move the file out of node_modules and name it by its path.",
  },
  {
    specifier: "./throws.mjs",
    message: "./throws.mjs fails while it is loaded: No licence.",
    remedy: "Look into DIR/throws.mjs.",
  },
  {
    specifier: "./throws-text.mjs",
    message: "./throws-text.mjs fails while it is loaded: just a text.",
    remedy: "Look into DIR/throws-text.mjs.",
  },
  {
    specifier: "./needs-more.mjs",
    message: /^\.\/needs-more\.mjs fails while it is loaded: .*left-pad-of-nobody/,
    remedy: "Look into DIR/needs-more.mjs.",
  },
  ...["node:fs", "fs", "fs/promises"].map((specifier) => ({
    specifier,
    message: `${specifier} is a part of Node.js, not a module of yours.`,
    remedy: "Write the name of an npm package, or a path that begins with ./ or ../ or /.",
  })),
  ...["", "#mine", "https://example.com/x.js", "data:text/javascript,1"].map((specifier) => ({
    specifier,
    message: `${JSON.stringify(specifier)} is neither a package nor a path.`,
    remedy: "Write the name of an npm package, or a path that begins with ./ or ../ or /.",
  })),
])("refuses $specifier with a sentence and a remedy", async ({ specifier, message, remedy }) => {
  const directory = await folderWith(broken);
  const error = await loadModule(specifier, directory).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  const found = error as ConfigError;
  expect(found.message.replaceAll(directory, "DIR")).toEqual(
    typeof message === "string" ? message : expect.stringMatching(message),
  );
  expect(found.remedy?.replaceAll(directory, "DIR")).toBe(remedy);
});
