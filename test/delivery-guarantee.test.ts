import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startTenant } from "@loghook/auth0-simulator";
import { type ReceivedRequest, startWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import {
  entriesOf,
  loghook,
  plantedSigningSecret,
  program,
  runLoghook,
  runningProgram,
  temporaryFolder,
  workspaceRoot,
  writeConfig,
  writtenIds,
} from "./harness.ts";

const document = await readFile(join(workspaceRoot, "docs/delivery-guarantee.md"), "utf8");

function snippet(name: string): string {
  const [, code] =
    new RegExp(`<!-- snippet: ${name} -->\n\n\`\`\`\\w+\n([\\s\\S]*?)\n\`\`\``).exec(document) ?? [];
  return code ?? expect.fail(`docs/delivery-guarantee.md has no snippet ${name}`);
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;

interface Receiver {
  readonly file: string;
  readonly command: readonly string[];
  /** Why it cannot be run, for the names of the tests. Empty: it can. */
  readonly missing: string;
}

const receivers: readonly Receiver[] = [
  { file: "receiver.mjs", command: [process.execPath], missing: "" },
  {
    file: "receiver.py",
    command: ["python3"],
    missing: hasPython ? "" : " (NOT RUN: there is no python3 on the PATH)",
  },
];

/** The receiver of the document as a process. */
async function startReceiver({ file, command }: Receiver, folder: string) {
  await writeFile(join(folder, file), snippet(file));
  const database = join(folder, "entries.db");
  const env = { PORT: "0", SIGNING_SECRET: plantedSigningSecret, DATABASE: database };
  const running = program([...command, join(folder, file)], { cwd: folder, env });
  await running.printed("Listening on ");
  const url = /Listening on (\S+)/.exec(running.stdout)?.[1] ?? "";
  return { url, kept: () => keptIn(database), [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

function keptIn(file: string): { log_id: string; json: string }[] {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare("SELECT log_id, json FROM entry ORDER BY log_id").all() as never;
}

async function forward(request: ReceivedRequest, url: string): Promise<number> {
  const { host: _, connection: _c, "content-length": _l, ...headers } = request.headers;
  const { status } = await fetch(url, {
    method: "POST",
    headers: headers as Record<string, string>,
    body: new Uint8Array(request.body),
  });
  return status;
}

describe.for(receivers)("$file of docs/delivery-guarantee.md$missing", (receiver) => {
  const isMissing = receiver.missing !== "";

  test.skipIf(isMissing)(
    "keeps each entry once, though a killed and restarted loghook repeats some",
    async () => {
      await using folder = await temporaryFolder();
      await using tenant = await startTenant({ entries: 300, logsItsOwnTokens: false });
      await using taking = await startReceiver(receiver, folder.path);
      let kill: (() => void) | undefined;
      // Passes on what comes. The answer to the fifth request gets lost, with the process that waits for it.
      await using between = await startWebhook({
        async answer(request, response) {
          const isFifth = between.requests.length === 5;
          const status = await forward(request, taking.url);
          if (isFifth) kill?.();
          response.writeHead(status).end();
        },
      });
      const webhookSettings = { max_batch_size: 20, concurrency: 2, signing_secret: plantedSigningSecret };
      const config = await writeConfig(folder.path, { tenant, webhook: between, webhookSettings });

      await using first = loghook(["run", "--config", config], { cwd: folder.path });
      kill = () => first.kill("SIGKILL");
      expect(await first.ended).toBe("SIGKILL");
      kill = undefined;
      const second = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
      expect(second.code).toBe(0);

      const sent = between.requests.flatMap(entriesOf).map(({ log_id }) => log_id);
      expect(sent.length).toBeGreaterThan(300);
      const kept = taking.kept();
      expect(kept.map(({ log_id }) => log_id)).toEqual(writtenIds(tenant));
      expect(kept.map(({ json }) => JSON.parse(json))).toEqual(
        tenant.entries.map(({ json }) => JSON.parse(json)),
      );
      // As long as the config is the same, requests are the same, too.
      const repeated = between.requests.filter(({ headers }, index) =>
        between.requests
          .slice(0, index)
          .some((before) => before.headers["webhook-id"] === headers["webhook-id"]),
      );
      expect(repeated.flatMap(entriesOf)).toHaveLength(sent.length - 300);
    },
  );

  const body = JSON.stringify([{ log_id: "1", type: "f" }]);
  const now = (): number => Math.floor(Date.now() / 1000);

  interface Signing {
    readonly timestamp?: number | string;
    /** Default: the one that the receiver knows. */
    readonly secret?: string;
    /** Default: what is sent. */
    readonly text?: string;
  }

  function signed(
    id: string,
    { timestamp = now(), secret = plantedSigningSecret, text = body }: Signing = {},
  ) {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest("base64");
    return {
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `v1,${signature}`,
    };
  }

  const otherSecret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  const wrong = (): Record<string, Record<string, string>> => ({
    "no headers at all": {},
    "no signature": { ...signed("a"), "webhook-signature": "" },
    "the signature of another secret": signed("a", { secret: otherSecret }),
    "the signature of another body": signed("a", { text: "[]" }),
    "the signature of another id": { ...signed("a"), "webhook-id": "b" },
    "a timestamp of ten minutes ago": signed("a", { timestamp: now() - 600 }),
    "a timestamp that is none": signed("a", { timestamp: "soon" }),
  });

  test.skipIf(isMissing)("refuses wrong signatures, and takes the right one among several", async () => {
    await using folder = await temporaryFolder();
    await using taking = await startReceiver(receiver, folder.path);
    const post = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(taking.url, { method: "POST", headers, body })).status;
    for (const [what, headers] of Object.entries(wrong()))
      expect([what, await post(headers)]).toEqual([what, 401]);
    expect(taking.kept()).toEqual([]);

    const headers = signed("a");
    const rotating = { ...headers, "webhook-signature": `v1,AAAA ${headers["webhook-signature"]}` };
    expect(await post(rotating)).toBe(204);
    expect(taking.kept().map(({ log_id }) => log_id)).toEqual(["1"]);
  });
});

describe("the comparison with the extension", () => {
  test("is what the command prints, and loghook loses nothing in it", { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder();
    const json = join(folder.path, "comparison.json");
    const file = join(workspaceRoot, "bench/correctness/correctness.ts");
    await using running = runningProgram(file, ["--quick", "--json", json], { cwd: workspaceRoot });
    expect(await running.ended, running.stderr).toBe(0);
    const comparisons = JSON.parse(await readFile(json, "utf8")) as { loghook: { lost: number } }[];
    expect(comparisons.length).toBeGreaterThanOrEqual(9);
    expect(comparisons.map(({ loghook: { lost } }) => lost)).toEqual(comparisons.map(() => 0));
    const [, written] =
      /<!-- correctness: [^>]*-->\n\n([\s\S]*?)\n\n<!-- \/correctness -->/.exec(document) ?? [];
    expect(written, "To write it: node --conditions=source bench/correctness/correctness.ts --write").toBe(
      running.stdout.trim(),
    );
  });
});
