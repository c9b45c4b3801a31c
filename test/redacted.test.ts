import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { sampleEntry, startTenant } from "@loghook/auth0-simulator";
import { eventTypes } from "@loghook/receiver-auth0";
import { type ReceivedRequest, startWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { runLoghook, temporaryFolder, workspaceRoot } from "./harness.ts";

const email = "jane.sentinel@leak.example";
const userId = "auth0|5e471e1c0ffee5e471e1c0ff";
const address = "203.0.113.177";
const phone = "+4915199988777";
const planted = [email, "jane.sentinel", userId, "5e471e1c0ffee5e471e1c0ff", address, phone];

/** An entry of the type with a person in all of its usual places, and in texts besides. */
function entryAbout(type: string): string {
  const entry = JSON.parse(sampleEntry(type)) as Record<string, unknown>;
  const user = { user_id: userId, name: email, email, phone_number: phone };
  return JSON.stringify({
    ...entry,
    log_id: "{{log_id}}",
    _id: "{{log_id}}",
    date: "{{date}}",
    user_id: userId,
    user_name: email,
    ip: address,
    client_ip: address,
    description: `Wrong password for ${email} from ${address}.`,
    details: {
      ...(entry.details as object | undefined),
      request: { ip: address, auth: { user }, body: { username: email, phone_number: phone } },
      response: { body: { ...user, ips: [address] } },
      error: { message: `No user ${encodeURIComponent(email)} (${userId}).` },
    },
  });
}

const destinations = {
  webhook: { url: "DESTINATION/json" },
  "webhook/log_stream": { url: "DESTINATION/log-stream", format: "auth0_log_stream", send_as_batch: false },
  "webhook/lines": { url: "DESTINATION/lines", format: "json_lines" },
  "webhook/events": { url: "DESTINATION/events", format: "cloudevents", compression: "gzip" },
  otlp_http: { endpoint: "DESTINATION/proto", encoding: "proto" },
  "otlp_http/json": { endpoint: "DESTINATION/otlp-json", encoding: "json", compression: "none" },
};

/** Everything that left the process in a request: its path, its headers and its body as text. */
function textOf({ path, headers, body }: ReceivedRequest): string {
  const content = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  return `${path}\n${JSON.stringify(headers)}\n${content.toString("latin1")}`;
}

test("with redacted.yaml nothing personal leaves, in any event type, in any format, by webhook or by OTLP", async () => {
  await using folder = await temporaryFolder();
  await using webhook = await startWebhook();
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  const types = [...eventTypes.keys()].filter((type) => !["sapi", "fapi"].includes(type));
  for (const type of types) tenant.append(entryAbout(type));

  const config = parseDocument(await readFile(join(workspaceRoot, "collector-config/redacted.yaml"), "utf8"));
  config.setIn(["receivers", "auth0", "endpoint"], tenant.url);
  config.set(
    "exporters",
    config.createNode(
      JSON.parse(JSON.stringify(destinations).replaceAll("DESTINATION", webhook.url.replace(/\/$/, ""))),
    ),
  );
  config.setIn(["service", "pipelines", "logs", "exporters"], Object.keys(destinations));
  const file = join(folder.path, "redacted.yaml");
  await writeFile(file, config.toString());
  const { code, stdout } = await runLoghook(["run", "--once", "--config", file], {
    cwd: folder.path,
    env: {
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: tenant.clientId,
      AUTH0_CLIENT_SECRET: tenant.clientSecret,
      REDACT_KEY: "a-key-of-at-least-thirty-two-characters",
    },
  });
  expect(code, stdout).toBe(0);

  const sent = webhook.requests.map(textOf).join("\n");
  for (const value of planted) {
    for (const guise of [value, encodeURIComponent(value), value.toUpperCase()]) {
      expect(sent.includes(guise), `${guise} was sent`).toBe(false);
    }
  }
  expect(stdout).not.toContain("sentinel");
  // All of them arrived everywhere, with the address cut and the person as one token.
  const { entries } = tenant;
  for (const place of ["/json", "/log-stream", "/lines", "/events", "/proto/v1/logs", "/otlp-json/v1/logs"]) {
    const there = webhook.requests
      .filter(({ path }) => path === place)
      .map(textOf)
      .join("\n");
    expect(entries.filter(({ logId }) => !there.includes(logId))).toEqual([]);
    expect(there).toContain("203.0.113.0");
    expect(new Set(there.match(/hmac_[0-9a-f]{20}@leak\.example/g)).size).toBe(1);
  }
});
