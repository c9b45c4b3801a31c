import { readFile } from "node:fs/promises";
import { filterProcessor } from "@loghook/processor-filter";
import { type EventType, eventTypes } from "@loghook/receiver-auth0";
import { testRecord, testSettings } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

// The levels as the README of Auth0's log extension gives them. Who moves over relies on them.
const extensionLevels = [
  { code: "api_limit", level: 4 },
  { code: "cls", level: 0 },
  { code: "coff", level: 3 },
  { code: "con", level: 1 },
  { code: "cs", level: 0 },
  { code: "du", level: 1 },
  { code: "f", level: 3 },
  { code: "fc", level: 3 },
  { code: "fce", level: 3 },
  { code: "fco", level: 3 },
  { code: "fcp", level: 3 },
  { code: "fcpn", level: 3 },
  { code: "fcpr", level: 3 },
  { code: "fcpro", level: 4 },
  { code: "fcu", level: 3 },
  { code: "fdu", level: 3 },
  { code: "feacft", level: 3 },
  { code: "fn", level: 3 },
  { code: "fp", level: 3 },
  { code: "fs", level: 3 },
  { code: "fu", level: 3 },
  { code: "fv", level: 0 },
  { code: "fvr", level: 3 },
  { code: "limit_ui", level: 4 },
  { code: "limit_wc", level: 4 },
  { code: "s", level: 1 },
  { code: "sce", level: 1 },
  { code: "scp", level: 1 },
  { code: "scpn", level: 1 },
  { code: "scpr", level: 0 },
  { code: "scu", level: 1 },
  { code: "sdu", level: 1 },
  { code: "seacft", level: 1 },
  { code: "ss", level: 1 },
  { code: "sv", level: 0 },
  { code: "svr", level: 0 },
  { code: "w", level: 2 },
] as const;

test("the README of the extension lists 37 types", () => {
  expect(new Set(extensionLevels.map(({ code }) => code)).size).toBe(37);
});

test.for(extensionLevels)("$code has level $level, as in the extension", ({ code, level }) => {
  expect(eventTypes.get(code)?.level).toBe(level);
});

// The severity numbers that receiver-auth0 gives to the levels 0 to 4.
const severityNumbers = [5, 9, 13, 17, 21] as const;

function recordOf({ code, level, category }: EventType) {
  return testRecord(1, {
    severityNumber: severityNumbers[level],
    eventName: `auth0.${code}`,
    attributes: {
      "log.record.uid": `uid-${code}`,
      "auth0.type": code,
      ...(category !== null && { "auth0.category": category }),
    },
  });
}

const known = [...eventTypes.values()].map(recordOf);

const unknown = testRecord(1, {
  severityNumber: 0,
  eventName: "auth0.newer_than_the_catalogue",
  attributes: { "log.record.uid": "uid-new", "auth0.type": "newer_than_the_catalogue" },
});

async function keptTypes(settings: object, records = known): Promise<unknown[]> {
  const filter = await filterProcessor.create(filterProcessor.config.parse(settings), testSettings());
  return (await filter.process(records)).map((record) => record.attributes["auth0.type"]);
}

const noManagement = ["sapi", "fapi"];

describe("the filter over all 186 types", () => {
  test("every type is there", () => {
    expect(known).toHaveLength(186);
  });

  test.for([
    { settings: {}, count: 186, keeps: ["s", "cls", "f"], drops: [] },
    // Levels.
    { settings: { min_level: 0 }, count: 186, keeps: ["cls", "s", "w", "f", "limit_wc"], drops: [] },
    { settings: { min_level: 1 }, count: 176, keeps: ["s", "du", "w", "f"], drops: ["cls", "fv", "svr"] },
    { settings: { min_level: 2 }, count: 98, keeps: ["w", "depnote", "f"], drops: ["s", "du", "fv"] },
    { settings: { min_level: 3 }, count: 86, keeps: ["f", "coff", "pwd_leak"], drops: ["w", "s", "fv"] },
    { settings: { min_level: 4 }, count: 11, keeps: ["limit_wc", "api_limit", "fcpro"], drops: ["f", "w"] },
    { settings: { min_level: "critical" }, count: 11, keeps: ["limit_wc"], drops: ["f"] },
    // Types.
    { settings: { types: ["f", "limit_wc"] }, count: 2, keeps: ["f", "limit_wc"], drops: ["fp", "s"] },
    { settings: { types: "f, fp,fu" }, count: 3, keeps: ["f", "fp", "fu"], drops: ["fn", "s"] },
    { settings: { types: ["gd_*"] }, count: 29, keeps: ["gd_unenroll"], drops: ["mfar", "f"] },
    {
      settings: { types: ["*_fail?d"] },
      count: 21,
      keeps: ["gd_auth_failed"],
      drops: ["gd_send_pn_failure"],
    },
    { settings: { types: ["??"] }, count: 15, keeps: ["fp", "ss"], drops: ["f", "cls"] },
    { settings: { types: ["category:auth.login.fail"] }, count: 7, keeps: ["f", "fcoa"], drops: ["fs", "s"] },
    {
      settings: { types: ["category:auth.login.*"] },
      count: 13,
      keeps: ["s", "f", "w"],
      drops: ["slo", "ss"],
    },
    { settings: { types: ["category:*.fail"] }, count: 47, keeps: ["f", "fcp"], drops: ["fapi", "coff"] },
    { settings: { types: ["s", "category:actions"] }, count: 2, keeps: ["s"], drops: ["ss"] },
    // Both.
    { settings: { min_level: 3, types: ["f", "s"] }, count: 1, keeps: ["f"], drops: ["s", "fp"] },
    {
      settings: { min_level: 3, types: ["f", "s"], match: "any" },
      count: 87,
      keeps: ["f", "s", "fp"],
      drops: ["ss"],
    },
    {
      settings: { min_level: 4, types: ["gd_*"] },
      count: 0,
      keeps: [],
      drops: ["gd_auth_failed", "limit_wc"],
    },
    {
      settings: { min_level: 4, types: ["gd_*"], match: "any" },
      count: 40,
      keeps: ["gd_send_sms"],
      drops: ["f"],
    },
    // Exclusions.
    {
      settings: { exclude_types: noManagement },
      count: 184,
      keeps: ["s", "mgmt_api_read"],
      drops: noManagement,
    },
    {
      settings: { exclude_types: "category:other" },
      count: 137,
      keeps: ["s", "du"],
      drops: ["cls", "acls_summary"],
    },
    { settings: { min_level: 3, exclude_types: ["fapi"] }, count: 85, keeps: ["f"], drops: ["fapi"] },
    {
      settings: { min_level: 3, types: ["sapi"], match: "any", exclude_types: noManagement },
      count: 85,
      keeps: ["f"],
      drops: noManagement,
    },
    { settings: { exclude_types: ["*"] }, count: 0, keeps: [], drops: ["s"] },
  ])("$settings keeps $count", async ({ settings, count, keeps, drops }) => {
    const kept = await keptTypes(settings);
    expect(kept).toHaveLength(count);
    expect(kept).toEqual(expect.arrayContaining(keeps));
    for (const type of drops) expect(kept).not.toContain(type);
  });

  test.for([0, 1, 2, 3, 4])(
    "min_level %i keeps just the types of that level and above, in their order",
    async (level) => {
      const expected = [...eventTypes.values()].filter((type) => type.level >= level);
      expect(await keptTypes({ min_level: level })).toEqual(expected.map(({ code }) => code));
    },
  );

  test("each type alone is kept by its own code and by nothing else", async () => {
    for (const { code } of eventTypes.values()) expect(await keptTypes({ types: [code] })).toEqual([code]);
  });
});

describe("a type that the catalogue does not have", () => {
  test.for([
    { settings: { min_level: 4 }, kept: true },
    { settings: { types: ["f"] }, kept: true },
    { settings: { min_level: 4, types: ["category:auth.login.fail"] }, kept: true },
    { settings: { min_level: 4, types: ["f"], match: "any" }, kept: true },
    { settings: { exclude_types: noManagement }, kept: true },
    { settings: { exclude_types: ["newer_*"] }, kept: false },
    { settings: { min_level: 0, unknown_types: "drop" }, kept: false },
    { settings: { types: ["f"], unknown_types: "drop" }, kept: false },
    { settings: { types: ["newer_*"], unknown_types: "drop" }, kept: true },
    { settings: { unknown_types: "drop" }, kept: false },
  ])("passes $settings: $kept", async ({ settings, kept }) => {
    expect(await keptTypes(settings, [unknown])).toHaveLength(kept ? 1 : 0);
  });
});

const readme = await readFile(new URL("../packages/processor-filter/README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text = ""]) =>
  Object.entries<object>(parse(text).processors),
);

test.for([
  { name: "filter", count: 14 },
  { name: "filter/errors", count: 86 },
  { name: "filter/logins", count: 13 },
  { name: "filter/second-factor", count: 21 },
  { name: "filter/only-what-is-known", count: 186 },
])("the example $name in the filter's README keeps $count types", async ({ name, count }) => {
  expect(await keptTypes(Object.fromEntries(examples)[name] ?? {})).toHaveLength(count);
});

test("there is no other example in the filter's README", () => {
  expect(examples).toHaveLength(5);
});
