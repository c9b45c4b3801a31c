// Brings a database up to date, and is killed before the end.
import { DatabaseSync } from "node:sqlite";
import { migrate, schemaSteps } from "./schema.ts";

const [, , file = "", statements = ""] = process.argv;
const database = new DatabaseSync(file);
database.function("be_killed", () => {
  process.kill(process.pid, "SIGKILL");
  return 0;
});
// A small cache: pages that have changed are in the file already when the process ends.
database.exec("PRAGMA cache_size = 1");
migrate(database, [...schemaSteps.slice(0, 1), `${statements}; SELECT be_killed();`]);
