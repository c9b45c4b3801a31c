import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { startTenant, type Tenant } from "./index.ts";

interface Page {
  readonly status: number;
  readonly link: string | null;
  readonly text: string;
  readonly ids: readonly string[];
}

async function get(tenant: Tenant, query: string): Promise<Page> {
  const headers = { authorization: `Bearer ${await tenant.issueToken()}` };
  const response = await fetch(`${tenant.url}/api/v2/logs${query}`, { headers });
  const text = await response.text();
  const body: unknown = JSON.parse(text);
  const ids = Array.isArray(body) ? body.map((entry) => entry.log_id) : [];
  return { status: response.status, link: response.headers.get("link"), text, ids };
}

function idsOf(tenant: Tenant): string[] {
  return tenant.entries.map(({ logId }) => logId);
}

const beforeAll = `900${"0".repeat(53)}`;

test("returns what follows the id, without the id itself, in the order of ids", async () => {
  await using tenant = await startTenant({ entries: 10 });
  const ids = idsOf(tenant);
  expect((await get(tenant, `?from=${ids[3]}&take=4`)).ids).toEqual(ids.slice(4, 8));
});

test("returns 50 entries unless told otherwise", async () => {
  await using tenant = await startTenant({ entries: 120 });
  expect((await get(tenant, `?from=${beforeAll}`)).ids).toEqual(idsOf(tenant).slice(0, 50));
});

test("every parameter but from and take is ignored, even a wrong one", async () => {
  await using tenant = await startTenant({ entries: 10 });
  const others = "&q=nonsense:[&sort=date:-1&page=99&per_page=5000&fields=type&include_totals=true";
  const page = await get(tenant, `?from=${beforeAll}&take=3${others}`);
  expect(page).toMatchObject({ status: 200, ids: idsOf(tenant).slice(0, 3) });
  expect(JSON.parse(page.text)[0]).toHaveProperty("date");
});

test("links to the next page with the last id and the same take", async () => {
  await using tenant = await startTenant({ entries: 10 });
  const { link, ids } = await get(tenant, `?from=${beforeAll}&take=4`);
  expect(link).toBe(`<${tenant.url}/api/v2/logs?from=${ids[3]}&take=4>; rel="next"`);
});

test("at the end there is an empty array, and the link repeats the request", async () => {
  await using tenant = await startTenant({ entries: 3 });
  const query = `?take=7&from=${idsOf(tenant)[2]}`;
  expect(await get(tenant, query)).toMatchObject({
    status: 200,
    text: "[]",
    link: `<${tenant.url}/api/v2/logs${query}>; rel="next"`,
  });
});

test("an id that does not exist is a place to read on from", async () => {
  await using tenant = await startTenant({ now: () => Date.UTC(2026, 2, 2, 9) });
  const [before] = tenant.generate(1, { at: Date.UTC(2026, 2, 2, 8, 59, 59) });
  const [after] = tenant.generate(1, { at: Date.UTC(2026, 2, 2, 9) });
  const from = `90020260302090000${"0".repeat(39)}`;
  expect(before && before.logId < from).toBe(true);
  expect((await get(tenant, `?from=${from}`)).ids).toEqual([after?.logId]);
});

test.for([
  ["letters", "x".repeat(56)],
  ["too short", "900"],
  ["too long", "9".repeat(57)],
  ["empty", ""],
])("a malformed id is refused: %s", async ([, from]) => {
  await using tenant = await startTenant({ entries: 1 });
  const { status, text } = await get(tenant, `?from=${from}`);
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: "Bad Request", errorCode: "invalid_query_string" });
});

test.for(["0", "-1", "101", "ten", "1.5", ""])("take=%s is refused", async (take) => {
  await using tenant = await startTenant({ entries: 1 });
  const { status, text } = await get(tenant, `?from=${beforeAll}&take=${take}`);
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ statusCode: 400, errorCode: "invalid_query_string" });
});

test("serves the exact text of an entry", async () => {
  await using tenant = await startTenant();
  const text = '{"type" : "x", "n": 1.0, "big": 12345678901234567890, "log_id":"{{log_id}}", "é":"\\u00e9"}';
  const { logId } = tenant.append(text);
  expect((await get(tenant, `?from=${beforeAll}`)).text).toBe(`[${text.replace("{{log_id}}", logId)}]`);
});

test("a late entry shows up behind a checkpoint that has moved on", async () => {
  await using tenant = await startTenant({ entries: 3 });
  const [first = "", second = ""] = idsOf(tenant);
  const late = tenant.appendLate({ type: "late" }, first);
  expect((await get(tenant, `?from=${first}&take=1`)).ids).toEqual([late.logId]);
  expect((await get(tenant, `?from=${second}`)).ids).not.toContain(late.logId);
});

test("what is older than retention cannot be read, and an old checkpoint reads on from what is left", async () => {
  const hourMs = 3_600_000;
  const clock = manualClock();
  await using tenant = await startTenant({ entries: 24, retentionMs: 24 * hourMs, now: clock.now });
  const [first = "", ...rest] = idsOf(tenant);
  expect((await get(tenant, `?from=${beforeAll}`)).ids).toHaveLength(24);
  clock.advance(1.5 * hourMs);
  expect((await get(tenant, `?from=${first}`)).ids).toEqual(rest);
  expect((await get(tenant, "")).ids).toEqual(rest.toReversed());
  expect((await get(tenant, `/${first}`)).status).toBe(404);
  expect(tenant.entries).toHaveLength(24);
});

test("one entry can be read by its id", async () => {
  await using tenant = await startTenant({ entries: 3 });
  const [, entry] = tenant.entries;
  expect(await get(tenant, `/${entry?.logId}`)).toMatchObject({ status: 200, text: entry?.json });
  const { status, text } = await get(tenant, `/${beforeAll}`);
  expect(status).toBe(404);
  expect(JSON.parse(text)).toMatchObject({ statusCode: 404, error: "Not Found" });
});

test("anything else is not found", async () => {
  await using tenant = await startTenant();
  for (const path of ["/", "/api/v2/users", "/oauth/token", "/api/v2/logs/1/2"]) {
    expect((await fetch(`${tenant.url}${path}`)).status).toBe(404);
  }
});

test.for([
  ["reversed", [6, 5, 4, 3]],
  ["one_twice", [3, 4, 5, 5]],
  ["last_again", [2, 3, 4, 5]],
] as const)("a fault puts a page in disorder: %s", async ([page, expected]) => {
  await using tenant = await startTenant({ entries: 10 });
  const ids = idsOf(tenant);
  tenant.fault({ on: "logs", page });
  const disordered = await get(tenant, `?from=${ids[2]}&take=4`);
  expect(disordered.ids).toEqual(expected.map((at) => ids[at]));
  const largest = ids[Math.max(...expected)];
  expect(disordered.link).toContain(`from=${largest}&`);
  expect((await get(tenant, `?from=${ids[2]}&take=4`)).ids).toEqual(ids.slice(3, 7));
});

test.for([
  ["reversed", []],
  ["one_twice", []],
  ["last_again", [9]],
] as const)("disorder at the end of the log: %s", async ([page, expected]) => {
  await using tenant = await startTenant({ entries: 10 });
  const ids = idsOf(tenant);
  tenant.fault({ on: "logs", page });
  expect((await get(tenant, `?from=${ids[9]}`)).ids).toEqual(expected.map((at) => ids[at]));
});

test("an entry that is written late lies behind one that could be read already", async () => {
  await using tenant = await startTenant({ entries: 10 });
  const ids = idsOf(tenant);
  const late = tenant.appendLate({ type: "f" }, ids[6] ?? "");
  expect((await get(tenant, `?from=${ids[6]}&take=2`)).ids).toEqual([late.logId, ids[7]]);
});
