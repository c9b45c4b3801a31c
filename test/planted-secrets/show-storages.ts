import { channel } from "node:diagnostics_channel";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const output = channel("loghook:test-output");

/** Shows what databases of loghook below a folder hold, but for the access token, whose place they are. */
export async function showStorages(folder: string): Promise<void> {
  if (!output.hasSubscribers) return;
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names.filter((name) => name.endsWith("loghook.db"))) {
    try {
      using database = new DatabaseSync(join(folder, name));
      output.publish({ source: "storage", text: contentOf(database) });
    } catch {
      // A test has damaged it, or made it unreadable.
    }
  }
}

function contentOf(database: DatabaseSync): string {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all());
  return rows
    .filter((row) => row.key !== "token")
    .map((row) => Object.values(row).map(toText).join("\t"))
    .join("\n");
}

const toText = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
