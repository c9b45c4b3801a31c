// `pnpm run packed`: the packages as npm sees them. Builds and packs them, looks into the tarballs, installs them in an
// empty project, and does there what the READMEs say. Prints a line for each step and package; exits with 1 if one fails.
import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../harness.ts";
import { checkWithAttw, checkWithPublint } from "./attw-and-publint.ts";
import { checkCommand, checkShippedConfigs, commandsOf } from "./command-line.ts";
import { checkImports } from "./declared-imports.ts";
import { createProject, installIn, runIn } from "./empty-project.ts";
import { checkOwnComponents } from "./own-components.ts";
import { checkContents } from "./package-contents.ts";
import { checkTypes, writeNames } from "./published-names.ts";
import { describeExamples, type Example, examplesOf, neededBy } from "./readme-examples.ts";
import { createReport } from "./report.ts";
import { runExample, writeExample } from "./run-example.ts";
import { build, type PackedPackage, packAll } from "./tarballs.ts";

const report = createReport(process.stdout);
const startedAt = performance.now();
await checkPackages();
const seconds = Math.round((performance.now() - startedAt) / 1000);
process.stdout.write(`${report.passed} passed, ${report.failed} failed in ${seconds}s\n`);
if (report.failed > 0) process.exitCode = 1;

async function checkPackages(): Promise<void> {
  await using folder = await temporaryFolder();
  // Through no link: tools compare paths.
  const root = await realpath(folder.path);
  await mkdir(join(root, "tarballs"));
  await report.check("build", build);
  if (report.failed > 0) return;
  const packages = await report.check(
    "pack",
    () => packAll(join(root, "tarballs")),
    ({ length }) => `${length} packages`,
  );
  if (!packages) return;
  for (const packed of packages) await checkTarball(packed);

  const project = join(root, "project");
  await createProject(project);
  const { examples, needed } = await readExamples(packages);
  const installed = await report.check(
    "npm install in an empty project",
    () => installIn(project, packages, needed),
    (npmSays) => npmSays,
  );
  if (installed === undefined) return;
  await checkModules(project, packages, examples);
  await checkCommands(project, packages);
}

async function checkTarball(packed: PackedPackage): Promise<void> {
  const { name, files } = packed;
  await report.check(
    `contents of ${name}`,
    () => checkContents(packed),
    () => `${files.length} files`,
  );
  await report.check(`declared imports of ${name}`, () => checkImports(packed));
  await report.check(`attw ${name}`, () => checkWithAttw(packed));
  await report.check(`publint ${name}`, () => checkWithPublint(packed));
}

/** The examples of all READMEs, and what to install for them. */
async function readExamples(packages: readonly PackedPackage[]) {
  // What somebody who writes TypeScript for Node.js has.
  const needed = new Set(["@types/node@24"]);
  const examples: Example[] = [];
  for (const packed of packages) {
    const found = await report.check(
      `README of ${packed.name}`,
      () => examplesOf(packed),
      (found) => describeExamples(packed, found),
    );
    if (!found?.length) continue;
    examples.push(...found);
    const names = await report.check(`README of ${packed.name} says what to install`, () =>
      neededBy(packed, found),
    );
    for (const name of names ?? []) needed.add(name);
  }
  return { examples, needed: [...needed] };
}

/** What is exported can be imported, with its types, and the examples do what the READMEs say. */
async function checkModules(
  project: string,
  packages: readonly PackedPackage[],
  examples: readonly Example[],
): Promise<void> {
  const imports = await Promise.all(packages.map((packed) => writeNames(project, packed)));
  const programs = await Promise.all(examples.map((example) => writeExample(project, example)));
  await report.check("types of everything exported, and of the examples", () => checkTypes(project));
  await Promise.all(
    imports.map(({ name, file }) =>
      report.check(`import of ${name}`, () => runIn(project, [process.execPath, file])),
    ),
  );
  for (const program of programs) await report.check(`example ${program.name}`, () => runExample(program));
}

async function checkCommands(project: string, packages: readonly PackedPackage[]): Promise<void> {
  const cli = packages.find(({ name }) => name === "loghook");
  if (!cli) throw new Error("No package is named loghook.");
  await report.check("loghook ships collector-config", () => checkShippedConfigs(cli));
  for (const command of commandsOf(cli))
    await report.check(`npx loghook ${command.args.join(" ")}`, () => checkCommand(project, command));
  await report.check("npx loghook run with components of one's own", () => checkOwnComponents(project));
}
