import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { StorageError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { storagePaths } from "./private-files.ts";
import { writing } from "./writing.ts";

/** A list of numbers in a database on disk, whose commits are counted and can be made to take long. */
function openList() {
  using opened = new DisposableStack();
  const folder = opened.use(mkdtempDisposableSync(join(tmpdir(), "loghook-writing-")));
  const paths = storagePaths(folder.path);
  const database = opened.adopt(new DatabaseSync(paths.database), (open) => open.close());
  database.exec("CREATE TABLE item (n INTEGER NOT NULL)");
  const insert = database.prepare("INSERT INTO item VALUES (?)");
  const items = database.prepare("SELECT n FROM item ORDER BY rowid");
  const list = { commits: 0, commitMs: 0 };
  const { write, flush } = writing(database, paths, {
    aboard() {
      const until = performance.now() + list.commitMs;
      while (performance.now() < until);
    },
    arrived() {
      list.commits += 1;
    },
  });
  const kept = opened.move();
  return Object.assign(list, {
    write,
    flush,
    insert: (n: number | null) => () => insert.run(n),
    items: () => items.all().map(({ n }) => n),
    [Symbol.dispose]: () => kept.dispose(),
  });
}

/** A list that has just spent more time on commits than its share. */
async function openBusyList() {
  const list = openList();
  list.commitMs = 30;
  await list.write(list.insert(0));
  list.commitMs = 0;
  return list;
}

const mayWait = true;

test("a change is on the disk at once as long as there are few, also one that may wait", async () => {
  using list = openList();
  void list.write(list.insert(1), { mayWait });
  expect(list.items()).toEqual([1]);
  void list.write(list.insert(2));
  expect(list.items()).toEqual([1, 2]);
  expect(list.commits).toBe(2);
});

test("changes that may wait share a commit where commits have taken more than their share", async () => {
  using list = await openBusyList();
  let settled = 0;
  const count = (): void => {
    settled += 1;
  };
  const all = [1, 2, 3].map((n) => list.write(list.insert(n), { mayWait }).then(count));
  await turn();
  expect([list.items(), settled]).toEqual([[0], 0]);
  await Promise.all(all);
  expect(list.items()).toEqual([0, 1, 2, 3]);
  expect(list.commits).toBe(2);
});

test("a change that may not wait takes those that do along, in their order", async () => {
  using list = await openBusyList();
  void list.write(list.insert(1), { mayWait });
  void list.write(list.insert(2));
  expect(list.items()).toEqual([0, 1, 2]);
  expect(list.commits).toBe(2);
});

test("flush leaves nothing waiting", async () => {
  using list = await openBusyList();
  const written = list.write(list.insert(1), { mayWait });
  list.flush();
  expect(list.items()).toEqual([0, 1]);
  await written;
  list.flush();
  expect(list.commits).toBe(2);
});

test("a change that fails does so alone, and the others of its commit are made", async () => {
  using list = await openBusyList();
  const all = [1, null, 3].map((n) => list.write(list.insert(n), { mayWait }));
  list.flush();
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(StorageError);
  expect(list.items()).toEqual([0, 1, 3]);
});

test("each gets what its own change returned", async () => {
  using list = await openBusyList();
  const all = [1, 2].map((n) => list.write(() => n * 10, { mayWait }));
  list.flush();
  expect(await Promise.all(all)).toEqual([10, 20]);
});
