import { readFile } from "node:fs/promises";
import { testRecord } from "@loghook/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import { actionNames } from "./actions.ts";
import { auth0Pii } from "./auth0-pii.ts";
import { redactConfig } from "./config.ts";
import { parsePath } from "./path.ts";
import { createPathMatcher } from "./path-matcher.ts";
import { createRedactProcessor } from "./processor.ts";

const packageFolder = new URL("..", import.meta.url);
const readme = await readFile(new URL("README.md", packageFolder), "utf8");

/** The cells of the table whose first heading this is, row by row, without the headings. */
function tableRows(firstHeading: string): string[][] {
  const rows = readme.split("\n").map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const start = rows.findIndex(([, cell]) => cell === firstHeading);
  const end = rows.findIndex((cells, index) => index > start && cells.length === 1);
  return rows.slice(start + 2, end).map((cells) => cells.slice(1, -1));
}

const codes = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

function settingRows({ properties = {}, required = [] }: Schema): (string | undefined)[][] {
  return Object.entries(properties).map(([key, { description, default: value }]) => {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    const absent = required.includes(key) ? "required" : "none";
    return [`\`${key}\``, description, shown === undefined ? absent : `\`${shown}\``];
  });
}

const schema = z.toJSONSchema(redactConfig, { io: "input" }) as Schema;

test("the table of a rule says what the schema says", () => {
  expect(tableRows("Key of a rule")).toEqual(settingRows(schema.properties?.rules?.items ?? {}));
});

test("the table of the preset has every path and its action", () => {
  const rows = tableRows("What").map(([, action, paths]) => ({
    action: codes(action)[0],
    paths: codes(paths),
  }));
  expect(rows).toEqual(auth0Pii.map(({ action, paths }) => ({ action, paths })));
});

test("the table of actions has them all", () => {
  expect(tableRows("Action").flatMap(([action]) => codes(action))).toEqual([...actionNames]);
});

const actionRows = tableRows("Action").flatMap(([action, , email, ip]) => [
  { action: codes(action)[0], before: "Jane@Example.com", after: codes(email)[0] },
  { action: codes(action)[0], before: "203.0.113.24", after: codes(ip)[0] },
]);

test.for(actionRows)("$action makes $after of $before", async ({ action, before, after }) => {
  const hmac_key = "0123456789abcdef0123456789abcdef";
  const redact = createRedactProcessor(redactConfig.parse({ hmac_key, rules: [{ path: "value", action }] }));
  const [record] = await redact.process([testRecord(1, { body: { value: before } })]);
  expect(record?.body).toEqual(after === undefined ? {} : { value: after });
});

const pathRows = tableRows("Path").flatMap(([path, named, unnamed]) => [
  ...codes(named).map((place) => ({ path: codes(path)[0] ?? "", place, isNamed: true })),
  ...codes(unnamed).map((place) => ({ path: codes(path)[0] ?? "", place, isNamed: false })),
]);

test("the table of paths has rows", () => {
  expect(pathRows.length).toBeGreaterThan(12);
});

test.for(pathRows)("$path names $place: $isNamed", ({ path, place, isNamed }) => {
  const matcher = createPathMatcher([[parsePath(path)]]);
  const keys = parsePath(place).map((part) => (typeof part === "string" ? part : part.key));
  const places = keys.reduce(matcher.step, matcher.root);
  expect(matcher.firstRule(places, "leaf", 1)).toBe(isNamed ? 0 : 1);
});
