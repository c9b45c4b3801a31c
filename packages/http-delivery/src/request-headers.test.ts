import { Secret } from "@loghook/pipeline";
import { expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { describeDestination } from "./destination.ts";
import { customHeaders, headerValue } from "./request-headers.ts";
import { headerMap } from "./request-settings.ts";

const destination = describeDestination({
  url: "https://hooks.example",
  addressKey: "url",
  id: "webhook/backup",
  noun: "webhook",
  timeoutMs: 20_000,
  secrets: [],
});

function reserved(name: string): string | undefined {
  return name === "content-type" ? "is set with format" : undefined;
}

function secrets(headers: Record<string, string>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)]));
}

test("headers are sent under their names in small letters, and who we are with them", () => {
  expect(customHeaders(secrets({ "X-Team": "identity", "X-Key": "këy" }), { destination, reserved })).toEqual(
    {
      "user-agent": `loghook/${packageJson.version}`,
      "x-team": "identity",
      "x-key": "këy",
    },
  );
});

test("a user-agent of one's own takes the place of ours", () => {
  expect(customHeaders(secrets({ "User-Agent": "acme" }), { destination, reserved })).toEqual({
    "user-agent": "acme",
  });
});

test.for([
  { headers: { "Content-Type": "a" }, at: "Content-Type", problem: "is set with format" },
  ...["Content-Length", "Transfer-Encoding", "Host", "connection"].map((name) => ({
    headers: { [name]: "a" },
    at: name,
    problem: "belongs to the connection and cannot be set",
  })),
  ...["X Team", "X-Team\r\nX-Evil", "X-Tëam", ""].map((name) => ({
    headers: { [name]: "a" },
    at: name,
    problem: "must be a header name: letters, digits and hyphens",
  })),
  { headers: { "X-Team": "a", "x-team": "b" }, at: "X-Team", problem: "is given twice" },
  { headers: { "x-key": "hidden\r\nX-Evil: b" }, at: "x-key", problem: "must not contain line breaks" },
  { headers: { "x-key": " hidden" }, at: "x-key", problem: "must not begin or end with a space" },
  {
    headers: { "x-key": "hidden\u0007" },
    at: "x-key",
    problem: "must not contain characters that a header cannot carry",
  },
])("$headers are refused by the schema and at the start, because $at $problem", (row) => {
  const issues = headerMap(reserved).safeParse(row.headers).error?.issues ?? [];
  expect(issues[0]).toMatchObject({ path: [row.at], message: row.problem });
  expect(JSON.stringify(issues)).not.toContain("hidden");
  const start = () =>
    customHeaders(secrets(row.headers as Record<string, string>), { destination, reserved });
  expect(start).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: `exporters.webhook/backup.headers.${row.at} ${row.problem}.`,
    }),
  );
});

test("a name that every object has is a name like any other", () => {
  expect(headerMap(reserved).safeParse({ constructor: "a" }).success).toBe(true);
});

test("a single header's value is checked under the name of its setting", () => {
  expect(headerValue(new Secret("Bearer abc"), "exporters.webhook.authorization")).toBe("Bearer abc");
  expect(() => headerValue(new Secret("hidden\n"), "exporters.webhook.authorization")).toThrow(
    "exporters.webhook.authorization must not contain line breaks.",
  );
});
