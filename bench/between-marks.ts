import { readFile, writeFile } from "node:fs/promises";

/** Comments in a document, between which a command writes. */
export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** @throws Error if the document has no such marks */
export async function writeBetween(file: string, { begin, end }: Marks, text: string): Promise<void> {
  const document = await readFile(file, "utf8");
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${begin} … ${end}`);
  await writeFile(file, `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`);
}
