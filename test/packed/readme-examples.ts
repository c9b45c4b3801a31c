import { importsOf, packageNameOf } from "./declared-imports.ts";
import { refuse } from "./report.ts";
import type { PackedPackage } from "./tarballs.ts";

/** A program in a README that a reader may copy. */
export interface Example {
  /** `storage-sqlite-1`. */
  readonly name: string;
  readonly code: string;
  /** A test imports vitest or calls a contract suite, and is run by vitest. */
  readonly kind: "program" | "test";
  /** What the README says that it prints. Undefined: nothing is said. */
  readonly output: string | undefined;
}

/** READMEs without a program in them, and why that is right. */
const withoutExample: Readonly<Record<string, string>> = {
  loghook: "its examples are commands, which are run as commands",
};

interface Block {
  /** What stands behind the backticks: `ts`, `sh`, `ts fragment`. */
  readonly info: string;
  readonly text: string;
  /** What stands between this block and the one before. */
  readonly before: string;
}

function blocksOf(readme: string): Block[] {
  const matches = readme.matchAll(/([\s\S]*?)^```([^\n]*)\n([\s\S]*?)^```$/gm);
  return [...matches].map(([, before = "", info = "", text = ""]) => ({ info, text, before: before.trim() }));
}

/**
 * The programs in the README: its blocks of ```ts. A block of ```ts fragment is part of one and cannot be run. A block
 * of ```text behind a program and the word "prints" is what the program prints.
 *
 * @throws {Error} when there is no program, and no reason why; or a program in another form
 */
export function examplesOf({
  name,
  folder,
  read,
}: Pick<PackedPackage, "name" | "folder" | "read">): readonly Example[] {
  const blocks = blocksOf(read("README.md"));
  refuse(
    blocks
      .filter(({ info }) => /^(js|javascript|mjs|typescript|tsx|jsx)\b|^ts .*(?<!fragment)$/.test(info))
      .map(({ info }) => `README.md has a block of \`\`\`${info}: write \`\`\`ts, or \`\`\`ts fragment`),
  );
  const examples = blocks.flatMap(({ info, text }, index) => {
    if (info !== "ts") return [];
    const next = blocks[index + 1];
    const output = next?.before === "prints" ? next.text : undefined;
    return [{ code: text, kind: isTest(text) ? ("test" as const) : ("program" as const), output }];
  });
  if (examples.length === 0 && !withoutExample[name])
    throw new Error("README.md has no example in a block of ```ts, and readme-examples.ts no reason why");
  return examples.map((example, index) => ({ name: `${folder}-${index + 1}`, ...example }));
}

function isTest(code: string): boolean {
  return importsOf(code).includes("vitest") || /\b(receiver|processor|exporter|storage)Contract\(/.test(code);
}

/** What to say of a package: how many examples it has, or why none. */
export function describeExamples({ name }: PackedPackage, examples: readonly Example[]): string {
  return examples.length === 0 ? `none: ${withoutExample[name]}` : `${examples.length} in the README`;
}

/**
 * What the examples need beside the workspace's own packages, with the versions that they are tested with here:
 * `standardwebhooks@^1.1.1`.
 *
 * @throws {Error} when the README does not tell the reader to install all that its examples import
 */
export function neededBy(packed: PackedPackage, examples: readonly Example[]): string[] {
  const told = blocksOf(packed.read("README.md"))
    .filter(({ info }) => info === "sh")
    .flatMap(({ text }) => [...text.matchAll(/^npm install (.*)$/gm)])
    .flatMap(([, names = ""]) => names.split(" "));
  const needed = new Set(examples.flatMap(({ code }) => importsOf(code)).map(packageNameOf));
  const names = [...needed].filter((name) => name !== undefined);
  refuse(
    names
      .filter((name) => !told.includes(name))
      .map(
        (name) =>
          `README.md: the example imports ${name}; add it to the line \`npm install …\` in a \`\`\`sh block`,
      ),
  );
  return names.filter((name) => !/^(@loghook\/|loghook$)/.test(name)).map((name) => withRange(packed, name));
}

function withRange({ manifest }: PackedPackage, name: string): string {
  const range = { ...manifest.devDependencies, ...manifest.peerDependencies, ...manifest.dependencies }[name];
  if (range) return `${name}@${range}`;
  throw new Error(`README.md: the example imports ${name}; add it to "devDependencies" of package.json`);
}
