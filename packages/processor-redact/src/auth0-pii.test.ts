import { createWebhookExporter, webhookConfig } from "@loghook/exporter-webhook";
import { eventTypes } from "@loghook/receiver-auth0";
import { startWebhook } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import type { ActionName } from "./actions.ts";
import { auth0Pii } from "./auth0-pii.ts";
import { type Entry, recordsOfEveryType } from "./auth0-records.test-kit.ts";
import { redactConfig } from "./config.ts";
import { type Path, parsePath } from "./path.ts";
import { createRedactProcessor } from "./processor.ts";

const hmac_key = "k".repeat(32);

/** A path of the preset with what happens there. */
interface Listed {
  readonly path: Path;
  readonly action: ActionName;
}
const listed: readonly Listed[] = auth0Pii.flatMap(({ action, paths }) =>
  paths.map((path) => ({ path: parsePath(path), action })),
);

/** What `**` stands for: nothing, a key, or several with a list among them. */
const depths: readonly (readonly string[])[] = [
  [],
  ["details"],
  ["details", "deep.er", "0", "https://acme.com/x"],
];

function keysOf(path: Path, depth: readonly string[]): string[] {
  return path.flatMap((part) => {
    if (part === "**") return depth;
    return part === "*" ? ["0"] : [part.key];
  });
}

/** Writes a value into an entry, with the objects and lists that lead to it. */
function plant(entry: Entry, keys: readonly string[], value: unknown): void {
  let place = entry;
  for (const [index, key] of keys.slice(0, -1).entries()) {
    if (typeof place[key] !== "object" || place[key] === null) place[key] = keys[index + 1] === "0" ? [] : {};
    place = place[key] as Entry;
  }
  place[keys.at(-1) ?? ""] = value;
}

/** A value that must not be found again. All hold "sentinel", but for IP addresses, which have an end that must go. */
function sentinel(action: ActionName, n: number): string {
  if (action === "truncate_ip") return n % 2 === 0 ? `198.18.${n}.77` : `2001:db8:${n}:5e41::${n}`;
  if (action === "hash_email" || action === "scrub") return `Sentinel.${n}@people.example`;
  return [`auth0|sentinel${n}`, `Sentinel "${n}" O'Zoë \\ 100%`, `+4915sentinel${n}`][n % 3] as string;
}
const found = /sentinel|198\.18\.\d+\.77|5e41/i;

/** The value again in places that nothing lists. */
function copiesOf(value: string): unknown {
  return {
    whole: [value, value.toUpperCase()],
    text: `Wrong email or password for ${value}.`,
    url: `https://acme.example/x/${encodeURIComponent(value)}?q=${new URLSearchParams({ value })}`,
    json: JSON.stringify({ value, inner: JSON.stringify([value]) }),
    [value]: "as a key",
  };
}

/** Sentinels in every listed place, each entry at another depth, and copies of them elsewhere. */
function planted(draft: Entry, index: number, rules: readonly Listed[]): Entry {
  const depth = depths[index % depths.length] ?? [];
  const copies: unknown[] = [];
  for (const [n, { path, action }] of rules.entries()) {
    const keys = keysOf(path, depth);
    const value = sentinel(action, n);
    plant(draft, path.at(-1) === "**" ? [...keys, "leaf"] : keys, value);
    copies.push(copiesOf(value));
  }
  return { ...draft, description: `${String(draft.description)}: ${sentinel("pseudonymize", 0)}`, copies };
}

const withoutScrub = listed.filter(({ action }) => action !== "scrub");
const cases = [
  { name: "with the preset", settings: { preset: "auth0_pii" }, rules: listed },
  // Without its last rule nothing helps the sweep.
  {
    name: "with the places that the preset lists",
    settings: { rules: auth0Pii.filter(({ action }) => action !== "scrub").map((rule) => ({ ...rule })) },
    rules: withoutScrub,
  },
];

describe.for(cases)("$name", async ({ settings, rules }) => {
  const records = await recordsOfEveryType((entry, index) => planted(entry, index, rules));
  const config = redactConfig.parse({ hmac_key, ...settings });
  const redacted = createRedactProcessor(config).process(records) as readonly ReadableLogRecord[];

  test("before, every event type is full of personal data in its body and its attributes", () => {
    const types = records.map(({ attributes }) => attributes["auth0.type"]);
    expect(types.toSorted()).toEqual([...eventTypes.keys()].toSorted());
    for (const { body, attributes } of records) {
      expect(JSON.stringify(body).match(/sentinel/gi)?.length).toBeGreaterThan(200);
      expect(JSON.stringify(attributes)).toMatch(found);
    }
  });

  test("no value is left in the body or the attributes of any event type", async () => {
    for (const { body, attributes, eventName } of redacted) {
      expect(leaks(JSON.stringify(body)), eventName).toEqual([]);
      expect(leaks(JSON.stringify(attributes)), eventName).toEqual([]);
    }
  });

  test.for(
    ["json", "json_lines", "auth0_log_stream", "cloudevents"].flatMap((format) => [
      { format, send_as_batch: true },
      { format, send_as_batch: false },
    ]),
  )("no value is sent as $format, in a batch: $send_as_batch", async (webhookSettings) => {
    await using webhook = await startWebhook();
    const webhookSettingsHere = webhookConfig.parse({ url: webhook.url, ...webhookSettings });
    await using exporter = createWebhookExporter(webhookSettingsHere, { env: {} });
    await exporter.export(redacted, { signal: new AbortController().signal });
    expect(webhook.requests).toHaveLength(webhookSettings.send_as_batch ? 1 : records.length);
    const sent = webhook.requests.map(({ body, headers, path }) => [
      `${body}`,
      JSON.stringify(headers),
      path,
    ]);
    expect(leaks(sent.flat().join("\n"))).toEqual([]);
    const last = records.at(-1)?.attributes["log.record.uid"];
    expect(sent.at(-1)?.[0]).toContain(last);
  });

  test("what is not listed, and holds nothing that is, stays as it was, byte by byte", () => {
    const places = rules.filter(({ action }) => action !== "scrub").map(({ path }) => placesOf(path));
    const isScrubbed = rules.length > places.length;
    for (const [index, { body }] of redacted.entries()) {
      const before = leavesOf(records[index]?.body);
      const stays = leavesThatStay(before, { places, isScrubbed });
      const after = leavesOf(body).filter(([place]) => stays.has(place));
      expect(stays.size).toBeGreaterThan(7);
      expect(after).toEqual([...stays]);
    }
  });

  test("times, severities, names, resources, scopes and ids stay as they were", async () => {
    for (const [index, after] of redacted.entries()) {
      const { body, attributes, ...rest } = records[index] as ReadableLogRecord;
      expect(after).toMatchObject(rest);
      for (const id of ["log_id", "_id", "type", "date"]) {
        expect((after.body as Entry)[id]).toEqual((body as Entry)[id]);
      }
      for (const name of ["log.record.uid", "auth0.type", "auth0.category", "auth0.outcome"]) {
        expect(after.attributes[name]).toEqual(attributes[name]);
      }
    }
  });
});

/** The findings with what stands around them. */
function leaks(text: string): string[] {
  if (!found.test(text)) return [];
  return [...text.matchAll(new RegExp(`.{0,40}(?:${found.source}).{0,20}`, "gi"))].map(([leak]) => leak);
}

/** Every text, number and so on with the keys that lead to it, in the order of the JSON text. */
function leavesOf(value: unknown, place = ""): [place: string, json: string][] {
  if (typeof value !== "object" || value === null) return [[place, JSON.stringify(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[place, JSON.stringify(value)]];
  return entries.flatMap(([key, inner]) => leavesOf(inner, `${place}\0${key}`));
}

/** Told without the code under test: paths are regular expressions here, and values are looked for in plain texts. */
function leavesThatStay(
  leaves: readonly [string, string][],
  { places, isScrubbed }: { places: readonly RegExp[]; isScrubbed: boolean },
): Map<string, string> {
  const identity = /^\0(?:log_id|_id|type|date)$/;
  const listed = new Set(
    leaves.map(([place]) => place).filter((at) => places.some((place) => place.test(at))),
  );
  const taken = leaves
    .filter(([place]) => listed.has(place))
    .map(([, json]) => JSON.parse(json))
    .filter((value) => typeof value === "string" && /[a-z0-9]/i.test(value))
    .flatMap((value: string) => [value, value.split("|").at(-1) ?? value])
    .map((value) => value.toLowerCase());
  const stays = leaves.filter(([place, json]) => {
    if (identity.test(place)) return true;
    const text = `${place} ${json}`.toLowerCase();
    if (listed.has(place) || found.test(text) || taken.some((value) => text.includes(value))) return false;
    return !isScrubbed || !/[@|]|%40|%7c|\/users\/|\d\.\d+\.\d+\.\d|[\da-f]:[\da-f]*:/i.test(json);
  });
  return new Map(stays);
}

/** Also what is within such a place. */
function placesOf(path: Path): RegExp {
  const parts = path.map((part) => {
    if (part === "**") return "(?:\\0[^\\0]*)*";
    return part === "*" ? "\\0[^\\0]*" : `\\0${RegExp.escape(part.key)}`;
  });
  return new RegExp(`^${parts.join("")}(?:\\0|$)`);
}
