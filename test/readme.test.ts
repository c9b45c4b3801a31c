import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loghook, temporaryFolder, workspaceRoot } from "./harness.ts";

const readReadme = (): string => readFileSync(join(workspaceRoot, "README.md"), "utf8");

test("the extension's variables are those of collector-config/auth0-webhooks.yaml, with the same defaults", () => {
  const config = readFileSync(join(workspaceRoot, "collector-config/auth0-webhooks.yaml"), "utf8");
  const section = readReadme().split("## Moving over from the extension")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| [^|]+\| `(\w+)` \|[^|]+\| ([^|]+) \|$/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(12);
  for (const [, name, shown] of rows) {
    const [, fallback] = new RegExp(`\\$\\{env:${name}(?::-(.*?))?\\}`).exec(config) ?? [];
    const words: Record<string, string | undefined> = { required: undefined, none: "", all: "", off: "" };
    const word = shown?.replaceAll("`", "") ?? "";
    const expected = word.startsWith("oldest entry") ? "beginning" : word in words ? words[word] : word;
    expect([name, fallback]).toEqual([name, expected]);
  }
});

describe("what a reader may copy", () => {
  test("the example config is valid", async () => {
    await using folder = await temporaryFolder();
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readReadme()) ?? [];
    expect(Object.keys(parse(yaml ?? "") as object)).toContain("service");
    writeFileSync(join(folder.path, "loghook.yaml"), yaml ?? "");
    const env = {
      AUTH0_DOMAIN: "acme.eu.auth0.com",
      AUTH0_CLIENT_ID: "a",
      AUTH0_CLIENT_SECRET: "b",
      WEBHOOK_URL: "http://h/",
    };
    await using running = loghook(["validate", "loghook.yaml"], { cwd: folder.path, env });
    expect(await running.ended).toBe(0);
  });

  test("the troubleshooting walk: `sink` prints what `send` sends, and `send` says that it was taken", async () => {
    await using folder = await temporaryFolder();
    const [sinkArgs, sendArgs] = [
      ...readReadme().matchAll(/npm run loghook -- ((?:sink|send) .*--(?:port|type).*)$/gm),
    ].map(([, args]) => (args ?? "").split(" "));
    await using sink = loghook(sinkArgs?.map((arg) => (arg === "4020" ? "0" : arg)) ?? [], {
      cwd: folder.path,
    });
    await sink.printed("http://127.0.0.1:");
    const [, port = ""] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(sink.stdout) ?? [];
    await using send = loghook(sendArgs?.map((arg) => arg.replace("4020", port)) ?? [], { cwd: folder.path });
    expect(await send.ended).toBe(0);
    const [, logId = "nothing was sent"] = /"log_id":\s*"(\d+)"/.exec(send.stdout) ?? [];
    await sink.printed(logId);
    sink.kill("SIGINT");
    expect(await sink.ended).toBe(0);
  });
});

test("every link to a file in the documents leads somewhere", () => {
  const documents = globSync(["*.md", "docs/*.md", "examples/*.md", "packages/*/README.md"], {
    cwd: workspaceRoot,
  });
  for (const document of documents) {
    const folder = join(workspaceRoot, document, "..");
    const text = readFileSync(join(workspaceRoot, document), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(globSync(target, { cwd: folder }), `${document} → ${target}`).not.toEqual([]);
    }
  }
});
