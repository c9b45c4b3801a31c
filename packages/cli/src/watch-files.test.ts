import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { watchFiles } from "./watch-files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loghook-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

function startWatch() {
  let changes = 0;
  const watch = watchFiles({ onChange: () => void changes++, intervalMs: 5, stillMs: 1 });
  return { ...watch, changes: () => changes };
}

/** Resolves when a change has been heard. The first look at a file may come after a first change. */
async function changesAreHeard(file: string, watch: ReturnType<typeof startWatch>): Promise<void> {
  const before = watch.changes();
  const change = (): number => {
    writeFileSync(file, `${performance.now()}`);
    return watch.changes();
  };
  await expect.poll(change).toBeGreaterThan(before);
}

test("says when a file changes, also one that was not there", async () => {
  using watch = startWatch();
  const file = join(folder, "appears");
  watch.watch([file]);
  await changesAreHeard(file, watch);
});

test("says that a file has changed also when other files came to it or went meanwhile", async () => {
  using watch = startWatch();
  const [file, other] = [join(folder, "stays"), join(folder, "other")];
  watch.watch([file]);
  await changesAreHeard(file, watch);
  for (const files of [[other, file], [file]]) {
    const before = watch.changes();
    // Before the next look at the file.
    writeFileSync(file, `with ${files.length} files`);
    watch.watch(files);
    await expect.poll(watch.changes).toBeGreaterThan(before);
  }
});

test("says nothing of a file that is not there", async () => {
  using watch = startWatch();
  const file = join(folder, "there");
  watch.watch([join(folder, "missing")]);
  // By the time that this is heard, the other one was looked at as well.
  using second = startWatch();
  second.watch([file]);
  await changesAreHeard(file, second);
  expect(watch.changes()).toBe(0);
});
