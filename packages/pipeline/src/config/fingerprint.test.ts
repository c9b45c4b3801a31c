import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readConfigDocument } from "./config-document.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { settingSchema } from "./setting-schema.ts";

const file = () => z.string().meta({ format: "file" }).optional().describe("A file.");
const schema = settingSchema(
  z
    .strictObject({
      tls: z.strictObject({ ca_file: file() }).prefault({}),
      name: z.string().optional(),
      others: z.array(z.union([file(), z.strictObject({ path: file() })])).default([]),
    })
    .refine(() => true)
    .transform(() => 1),
);

function read(source: string, env: Record<string, string> = {}) {
  const document = readConfigDocument(source, { file: "loghook.yaml", env });
  const fingerprint = fingerprintOf(document.value, { path: [], schema, document });
  return { fingerprint, files: document.files };
}

const fingerprint = (source: string, env?: Record<string, string>): string => read(source, env).fingerprint;

describe("settings are the same", () => {
  test.for([
    { one: "{ a: 1, b: { c: 2, d: 3 } }", other: "{ b: { d: 3, c: 2 }, a: 1 }" },
    { one: "{ a: ${env:A} }", other: "{ a: ${env:B} }" },
    { one: "{ a: [x, y] }", other: "a:\n  - x\n  - 'y'" },
  ])("$one and $other", ({ one, other }) => {
    const env = { A: "5", B: "5" };
    expect(fingerprint(quoted(one), env)).toBe(fingerprint(quoted(other), env));
  });
});

describe("settings are others", () => {
  test.for([
    { one: "{ a: ${env:A} }", other: "{ a: ${env:B} }" },
    { one: "{ a: 1 }", other: "{ a: '1' }" },
    { one: "{ a: [x, y] }", other: "{ a: [y, x] }" },
    { one: "{ a: 1 }", other: "{ b: 1 }" },
    { one: "{ a: {} }", other: "{ a: [] }" },
  ])("$one and $other", ({ one, other }) => {
    const env = { A: "8314.50", B: "8314.5" };
    expect(fingerprint(quoted(one), env)).not.toBe(fingerprint(quoted(other), env));
  });
});

const quoted = (source: string): string => source.replaceAll(/\$\{[^}]*\}/g, '"$&"');

describe("a file that a setting names", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loghook-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.for([
    { setting: "in a group", settings: (name: string) => ({ tls: { ca_file: name } }) },
    { setting: "in a list", settings: (name: string) => ({ others: ["a", name] }) },
    {
      setting: "in one of several kinds of groups",
      settings: (name: string) => ({ others: [{ path: name }] }),
    },
  ])("$setting counts with what is in it", async ({ settings }) => {
    const name = join(folder, "ca.pem");
    const source = JSON.stringify(settings(name));
    await rm(name, { force: true });
    const missing = read(source);
    expect(missing.files).toContain(name);
    await writeFile(name, "old");
    const old = fingerprint(source);
    await writeFile(name, "new");
    const renewed = fingerprint(source);
    await writeFile(name, "old");
    expect(new Set([missing.fingerprint, old, renewed]).size).toBe(3);
    expect(fingerprint(source)).toBe(old);
  });

  test("is looked for from the working directory, and a text that is no file's name is none", () => {
    const { files } = read("{ name: other.pem, tls: { ca_file: some.pem } }");
    expect(files).toEqual([resolve("loghook.yaml"), resolve("some.pem")]);
  });
});
