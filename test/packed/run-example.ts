import { dirname, join } from "node:path";
import { runIn, writeProjectFile } from "./empty-project.ts";
import type { Example } from "./readme-examples.ts";

/** An example in the project. */
interface WrittenExample extends Example {
  readonly file: string;
}

/** Writes the example into a folder of its own, where it can leave files. */
export async function writeExample(project: string, example: Example): Promise<WrittenExample> {
  const name = example.kind === "test" ? "example.test.ts" : "example.ts";
  const file = await writeProjectFile(project, join("examples", example.name, name), example.code);
  return { ...example, file };
}

/** @throws {Error} when it does not end with 0, prints nothing, or something else than the README says */
export async function runExample({ file, kind, output }: WrittenExample): Promise<void> {
  const command = kind === "test" ? (["npx", "vitest", "run"] as const) : ([process.execPath, file] as const);
  const printed = await runIn(dirname(file), command);
  if (printed.trim() === "") throw new Error("It printed nothing.");
  if (output !== undefined && printed !== output)
    throw new Error(`It printed\n${printed}The README says that it prints\n${output}`);
}
