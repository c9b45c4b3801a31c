// Loaded into loghook by --import: from SIGUSR2 on its database may not grow, so that SQLite itself says that the disk is
// full (https://www.sqlite.org/pragma.html#pragma_max_page_count); from the next SIGUSR2 on it may again.
import { DatabaseSync } from "node:sqlite";

const { prepare } = DatabaseSync.prototype;
let database;
DatabaseSync.prototype.prepare = function (sql) {
  database = this;
  return prepare.call(this, sql);
};

const roomy = 1_000_000;
let pages = 0;
process.on("SIGUSR2", () => {
  pages = pages === roomy || pages === 0 ? 1 : roomy;
  // SQLite raises what is less than the pages that there are to just these.
  database.exec(`PRAGMA max_page_count = ${pages}`);
  process.stdout.write(`${JSON.stringify({ preload: pages === roomy ? "roomy" : "full" })}\n`);
});
