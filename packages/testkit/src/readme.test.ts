import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = import.meta.dirname;
const readme = await readFile(join(folder, "../README.md"), "utf8");

test.for(["example-http.test.ts", "example-file.test.ts"])(
  "the README shows %s, which is run as a test",
  async (file) => {
    expect(readme).toContain(`\`\`\`ts\n${await readFile(join(folder, file), "utf8")}\`\`\`\n`);
  },
);

test("the README has no other program that nobody runs", () => {
  expect([...readme.matchAll(/^```ts$/gm)]).toHaveLength(2);
});
