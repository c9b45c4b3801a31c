import { expect, test } from "vitest";
import { startTenant, type Tenant } from "./index.ts";

async function get(tenant: Tenant, parameters: Record<string, string>) {
  const headers = { authorization: `Bearer ${await tenant.issueToken()}` };
  const query = new URLSearchParams(parameters);
  const response = await fetch(`${tenant.url}/api/v2/logs?${query}`, { headers });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function ids(tenant: Tenant, parameters: Record<string, string>): Promise<string[]> {
  const { body } = await get(tenant, parameters);
  return body.map(({ log_id }: { log_id: string }) => log_id);
}

function idsOf(tenant: Tenant): string[] {
  return tenant.entries.map(({ logId }) => logId);
}

test("without parameters the newest 50 come, newest first", async () => {
  await using tenant = await startTenant({ entries: 60 });
  expect(await ids(tenant, {})).toEqual(idsOf(tenant).toReversed().slice(0, 50));
});

test("take without from has no effect", async () => {
  await using tenant = await startTenant({ entries: 60 });
  expect(await ids(tenant, { take: "100" })).toHaveLength(50);
  expect(await ids(tenant, { take: "1000" })).toHaveLength(50);
});

test("pages count from 0", async () => {
  await using tenant = await startTenant({ entries: 25 });
  const newestFirst = idsOf(tenant).toReversed();
  expect(await ids(tenant, { page: "1", per_page: "10" })).toEqual(newestFirst.slice(10, 20));
  expect(await ids(tenant, { page: "3", per_page: "10" })).toEqual([]);
});

test("sorts by date, which is not the order of ids", async () => {
  await using tenant = await startTenant({ entries: 50, spanMs: 10_000 });
  const dates = tenant.entries.map(({ json }) => JSON.parse(json).date);
  expect(dates).not.toEqual(dates.toSorted());
  const upward = (await get(tenant, { sort: "date:1" })).body.map(({ date }: { date: string }) => date);
  expect(upward).toEqual(dates.toSorted());
  const downward = (await get(tenant, { sort: "date:-1" })).body.map(({ date }: { date: string }) => date);
  expect(downward).toEqual(dates.toSorted().reverse());
});

test("sorts by other fields too", async () => {
  await using tenant = await startTenant({ entries: 20 });
  expect(await ids(tenant, { sort: "log_id:1" })).toEqual(idsOf(tenant));
  const types = (await get(tenant, { sort: "type:1" })).body.map(({ type }: { type: string }) => type);
  expect(types).toEqual(types.toSorted());
});

test.for<Record<string, string>>([
  { page: "10", per_page: "100" },
  { page: "20" },
  { page: "10", per_page: "100", q: "type:nothing" },
])("more than the first 1,000 results cannot be paged: %o", async (parameters) => {
  await using tenant = await startTenant({ entries: 5 });
  expect(await get(tenant, parameters)).toEqual({
    status: 400,
    body: {
      statusCode: 400,
      error: "Bad Request",
      message: `Requesting page ${Number(parameters.page) + 1} exceeds the allowed maximum of 1000 records: please consider searching by checkpoint https://auth0.com/docs/logs/retrieve-log-events-using-mgmt-api#retrieve-logs-by-checkpoint`,
      errorCode: "invalid_paging",
    },
  });
});

test("the last results that can be paged are the 1,000th", async () => {
  await using tenant = await startTenant({ entries: 1001 });
  const last = await ids(tenant, { page: "9", per_page: "100", sort: "log_id:1" });
  expect(last.at(-1)).toBe(idsOf(tenant)[999]);
});

test("include_totals wraps the page, and total is the number on the page", async () => {
  await using tenant = await startTenant({ entries: 25 });
  const { body } = await get(tenant, { include_totals: "true", page: "2", per_page: "10" });
  expect(body).toMatchObject({ start: 20, limit: 10, length: 5, total: 5 });
  expect(body.logs).toHaveLength(5);
});

test("fields can be chosen and left out", async () => {
  await using tenant = await startTenant({ entries: 1 });
  const [entry] = tenant.entries.map(({ json }) => JSON.parse(json));
  const chosen = await get(tenant, { fields: "log_id,type,nothing" });
  expect(chosen.body).toEqual([{ type: entry.type, log_id: entry.log_id }]);
  const { _id, date, ...others } = entry;
  expect((await get(tenant, { fields: "_id,date", include_fields: "false" })).body).toEqual([others]);
});

test("finds the last entry before a date, and the first at or after it", async () => {
  await using tenant = await startTenant({ now: () => Date.UTC(2026, 2, 2, 9) });
  const [a, b, c] = ["08:00:00.000", "08:30:00.000", "08:30:00.500"].map((time) =>
    tenant.append({ type: "s", date: `2026-03-02T${time}Z` }),
  );
  const date = "2026-03-02T08:30:00Z";
  expect(await ids(tenant, { q: `date:[* TO ${date}}`, sort: "date:-1", per_page: "1" })).toEqual([a?.logId]);
  expect(await ids(tenant, { q: `date:[${date} TO *]`, sort: "date:1", per_page: "1" })).toEqual([b?.logId]);
  expect(await ids(tenant, { q: `date:{${date} TO *]` })).toEqual([]);
  expect(await ids(tenant, { q: `date:[* TO ${date}]` })).toEqual([c?.logId, b?.logId, a?.logId]);
});

test("finds what follows an id, the id itself included, newest first", async () => {
  await using tenant = await startTenant({ entries: 10 });
  const all = idsOf(tenant);
  expect(await ids(tenant, { q: `log_id:[${all[6]} TO *]` })).toEqual(all.slice(6).reverse());
});

test.for<[parameters: Record<string, string>, message: RegExp]>([
  [{ q: "user_email:x" }, /^The search query string has an error: unknown field "user_email"$/],
  [{ q: "type:f AND" }, /^The search query string has an error/],
  [{ q: "date:[yesterday TO *]" }, /^The search query string has an error/],
  [{ per_page: "101" }, /per_page/],
  [{ per_page: "x" }, /per_page/],
  [{ page: "-1" }, /page/],
  [{ sort: "date" }, /sort/],
  [{ sort: "colour:1" }, /sort/],
  [{ include_totals: "1" }, /include_totals/],
])("refuses %o", async ([parameters, message]) => {
  await using tenant = await startTenant({ entries: 1 });
  const { status, body } = await get(tenant, parameters);
  expect(status).toBe(400);
  expect(body).toMatchObject({ statusCode: 400, error: "Bad Request", errorCode: "invalid_query_string" });
  expect(body.message).toMatch(message);
});

test("a query that is too long is a 414", async () => {
  await using tenant = await startTenant();
  expect((await get(tenant, { q: "type:f OR ".repeat(3000) })).status).toBe(414);
});
