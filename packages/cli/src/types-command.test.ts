import { type EventType, eventTypes } from "@loghook/receiver-auth0";
import { expect, test } from "vitest";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addTypesCommand } from "./types-command.ts";

async function types(args: readonly string[], options?: FakeIoOptions): Promise<string> {
  const io = fakeIo(options);
  expect(await runVerb(addTypesCommand, ["types", ...args], io)).toBe(exitCodes.done);
  return io.output();
}

async function found(...args: string[]): Promise<EventType[]> {
  return JSON.parse(await types([...args, "--json"])) as EventType[];
}

const catalogue = [...eventTypes.values()];

test("lists every type of the catalogue, one on each line where the width does not count, and says how many", async () => {
  const lines = (await types([])).split("\n");
  expect(lines[0]).toMatch(/^code +level +name +category +outcome +description$/);
  expect(lines.slice(1, 1 + catalogue.length).map((line) => line.split(" ")[0])).toEqual([
    ...eventTypes.keys(),
  ]);
  expect(lines.at(-2)).toBe(`${catalogue.length} of ${catalogue.length} event types.`);
});

test("as JSON it gives all that is known", async () => {
  expect(await found()).toEqual(catalogue);
});

test.for([60, 80, 120, 200])("fits into a terminal of %i columns", async (columns) => {
  const output = await types([], { isTTY: true, columns, env: { NO_COLOR: "1" } });
  const tooLong = output
    .split("\n")
    .filter((line) => line.length > columns && !line.includes("A wider terminal"));
  expect(tooLong).toEqual([]);
});

test("names the columns that found no room", async () => {
  const output = await types([], { isTTY: true, columns: 80 });
  expect(output).toMatch(/A wider terminal or --json shows more: category, outcome, description\.\n$/);
});

test("--level takes this level alone, --min-level those above it too", async () => {
  expect(await found("--level", "error")).toEqual(catalogue.filter(({ level }) => level === 3));
  expect(await found("--min-level", "3")).toEqual(catalogue.filter(({ level }) => level >= 3));
});

test("--category takes globs, and joins with the other options", async () => {
  expect(await found("--category", "auth.login.fail")).toEqual(
    catalogue.filter(({ category }) => category === "auth.login.fail"),
  );
  const loud = await found("--category", "auth.*", "--min-level", "error");
  expect(loud).toEqual(
    catalogue.filter(({ category, level }) => category?.startsWith("auth.") && level >= 3),
  );
  expect(loud.length).toBeGreaterThan(5);
});

test("--category * leaves out what Auth0 files under none", async () => {
  expect(await found("--category", "*")).toEqual(catalogue.filter(({ category }) => category !== null));
});

test("a whole code finds that type alone, with everything about it", async () => {
  expect((await found("f")).map(({ code }) => code)).toEqual(["f"]);
  const output = await types(["f"]);
  const { name = "", description = "" } = eventTypes.get("f") ?? {};
  expect(output).toContain(name);
  expect(output).toContain(description);
  expect(output).toMatch(/level +3 error\n/);
});

test("a glob is compared with codes", async () => {
  expect(await found("gd_*")).toEqual(catalogue.filter(({ code }) => code.startsWith("gd_")));
});

test("other words are looked for in code, name and description, in either case", async () => {
  const all = await found("BREACH");
  expect(all).toEqual(
    catalogue.filter(({ code, name, description }) => /breach/i.test(`${code} ${name} ${description}`)),
  );
  expect(all.length).toBeGreaterThan(0);
});

test("when nothing matches it says so and shows the categories", async () => {
  expect(await types(["--category", "auth.logn"])).toMatch(/^No event type matches\..*auth\.login\.fail/);
  expect(await types(["--category", "auth.logn", "--json"])).toBe("[]\n");
});

test("colours on a terminal only", async () => {
  expect(await types(["--level", "error"], { isTTY: true })).toContain("\u001B[31m3 error");
  expect(await types(["--level", "error"], { isTTY: true, env: { NO_COLOR: "1" } })).not.toContain("\u001B");
  expect(await types(["--level", "error"])).not.toContain("\u001B");
});

test("refuses a level that is none", async () => {
  const io = fakeIo();
  expect(await runVerb(addTypesCommand, ["types", "--level", "loud"], io)).toBe(exitCodes.config);
  expect(io.errors()).toContain("It must be a level: 0 to 4, or debug, info, warning, error, critical.");
});
