import { mkdtempDisposableSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { defaults, sqliteStorageConfig } from "./config.ts";
import { sqliteStorage } from "./factory.ts";

test("no setting is required", () => {
  expect(sqliteStorageConfig.parse({})).toEqual(defaults);
});

test.for([
  { keep_runs: 0 },
  { keep_runs: 1.5 },
  { keep_runs: "many" },
  { directory: "" },
  { directory: 5 },
  { path: ".loghook" },
])("%o is refused", (config) => {
  expect(sqliteStorageConfig.safeParse(config).success).toBe(false);
});

test("the factory opens the storage where the config says", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "loghook-config-"));
  const config = sqliteStorage.config.parse({ directory: join(folder.path, "here"), keep_runs: 1 });
  await using storage = await sqliteStorage.create(config, {
    id: "sqlite_storage",
    logger: silentLogger,
    clock: systemClock,
  });
  await storage.client("lane").set("checkpoint", "1");
  expect(readdirSync(join(folder.path, "here"))).toContain("loghook.db");
});
