import { DatabaseSync } from "node:sqlite";
import { StorageError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { migrate, schemaSteps, schemaVersion } from "./schema.ts";

const twoSteps = [
  "CREATE TABLE lane (name TEXT NOT NULL) STRICT",
  "ALTER TABLE lane ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'",
];

test("an old database goes the steps that it lacks and keeps what it holds", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, twoSteps.slice(0, 1));
  database.exec("INSERT INTO lane (name) VALUES ('logs')");
  migrate(database, twoSteps);
  expect(schemaVersion(database)).toBe(2);
  expect(database.prepare("SELECT * FROM lane").all()).toEqual([{ name: "logs", colour: "grey" }]);
});

test("an up-to-date database stays as it is", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, twoSteps);
  const before = database.serialize();
  migrate(database, twoSteps);
  expect(database.serialize()).toEqual(before);
});

test("a step that fails leaves the database at the version that it had", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database, twoSteps.slice(0, 1));
  expect(() => migrate(database, [...twoSteps, "NOT SQL"])).toThrow();
  database.exec("ROLLBACK"); // as closing the database does
  expect(schemaVersion(database)).toBe(1);
  expect(database.prepare("SELECT * FROM lane").columns()).toHaveLength(1);
});

test("a newer database is refused with both versions and the remedy", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA user_version = 7");
  expect(() => migrate(database)).toThrow(
    expect.objectContaining({
      name: StorageError.name,
      message: `The storage was written by a newer loghook: it has schema 7, and this one knows up to ${schemaSteps.length}.`,
      remedy: expect.stringContaining("Install the newer loghook"),
    }),
  );
});
