import { expect, test } from "vitest";
import { packedPackage } from "./packed-package.test-kit.ts";
import { examplesOf, neededBy } from "./readme-examples.ts";

const block = (info: string, text: string): string => `\`\`\`${info}\n${text}\n\`\`\`\n`;
const withReadme = (readme: string, manifest = {}) =>
  packedPackage({ manifest, files: { "README.md": readme } });

test("a block of ts is a program, and what it prints is the text behind it", () => {
  const readme = `# Made up\n\n${block("ts", "console.log(1);")}\nprints\n\n${block("text", "1")}`;
  expect(examplesOf(withReadme(readme))).toEqual([
    { name: "made-up-1", kind: "program", code: "console.log(1);\n", output: "1\n" },
  ]);
});

test("what imports vitest or calls a contract suite is a test; fragments and other languages are no programs", () => {
  const readme = [
    block("ts", 'import { test } from "vitest";'),
    block("ts", 'exporterContract("mine", createMine);'),
    block("ts fragment", "…"),
    block("yaml", "a: 1"),
    "A log looks like this:\n",
    block("text", "1"),
  ].join("\n");
  expect(examplesOf(withReadme(readme))).toMatchObject([
    { name: "made-up-1", kind: "test", output: undefined },
    { name: "made-up-2", kind: "test", output: undefined },
  ]);
});

test.for([
  { name: "no program", readme: "# Made up\n", problem: /no example in a block of ```ts/ },
  { name: "fragments alone", readme: block("ts fragment", "…"), problem: /no example/ },
  { name: "a program in JavaScript", readme: block("js", "1;"), problem: /a block of ```js/ },
  { name: "a mark that is not known", readme: block("ts ignore", "1;"), problem: /```ts ignore/ },
])("a README with $name is refused", ({ readme, problem }) => {
  expect(() => examplesOf(withReadme(readme))).toThrow(problem);
});

const example = block("ts", 'import { made } from "@loghook/made-up";\nimport { z } from "zod";');
const install = block("sh", "npm install @loghook/made-up zod");

test("needs what its examples import, in the version that the package is tested with", () => {
  const packed = withReadme(`${install}\n${example}`, { devDependencies: { zod: "^4.1.0" } });
  expect(neededBy(packed, examplesOf(packed))).toEqual(["zod@^4.1.0"]);
});

test.for([
  { name: "tells to install less than the example imports", readme: example, problem: /imports zod; add it/ },
  { name: "imports what no test here has", readme: `${install}\n${example}`, problem: /devDependencies/ },
])("a README that $name is refused", ({ readme, problem }) => {
  const packed = withReadme(readme);
  expect(() => neededBy(packed, examplesOf(packed))).toThrow(problem);
});
