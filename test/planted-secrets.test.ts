import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startTenant } from "@loghook/auth0-simulator";
import { startWebhook, status } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import {
  loghook,
  plantedSigningSecret,
  program,
  temporaryFolder,
  workspaceRoot,
  writeConfig,
} from "./harness.ts";
import { isExcepted } from "./planted-secrets/exceptions.ts";
import { createScanner, plantedMark } from "./planted-secrets/scanner.ts";

const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url");
const payload = Buffer.from('{"azp":"k7Vd2QmXc9"}').toString("base64url");

describe("the scanner", () => {
  test.for([
    ["as it is", `Bearer ${plantedMark}`],
    ["in hex", Buffer.from(`x${plantedMark}`).toString("hex")],
    ["in base64, at the beginning", Buffer.from(`${plantedMark}z`).toString("base64")],
    ["in base64, one byte later", Buffer.from(`a${plantedMark}`).toString("base64")],
    ["in base64, two bytes later", Buffer.from(`ab${plantedMark}zzz`).toString("base64url")],
    ["percent-encoded", [...Buffer.from(plantedMark)].map((byte) => `%${byte.toString(16)}`).join("")],
    ["in a URL", `https://x/?code=${encodeURIComponent(plantedMark)}#a`],
    ["as an access token", `${header}.${payload}.AbC-_9`],
    ["as the beginning of one", `token ${header}`],
    ["as a signing secret", plantedSigningSecret],
    ["as a private key", "-----BEGIN PRIVATE KEY-----"],
  ])("finds a secret %s, and does not repeat it", ([, text = ""]) => {
    const [found, ...others] = createScanner().scan(`before ${text} after`);
    expect(found).toMatchObject({ around: expect.stringMatching(/^before .*\[HERE\].* after$/) });
    expect(others.length).toBeLessThanOrEqual(1);
    expect(createScanner().scan(found?.around ?? "")).toEqual([]);
  });

  test("finds what comes in pieces, once", () => {
    const scanner = createScanner();
    const findings = [...`a ${plantedMark} b`].flatMap((character) => scanner.scan(character));
    expect(findings).toHaveLength(1);
  });

  test.for([`${plantedMark.slice(1)}`, "[redacted]", "whsec_…", "ey", "BEGIN CERTIFICATE"])(
    "finds nothing in %s",
    (text) => {
      expect(createScanner().scan(text)).toEqual([]);
    },
  );
});

test("an exception holds for its file, its output and its secret alone", () => {
  const place = { file: "a.test.ts", source: "stdout of main.ts simulate", secret: "a token" };
  const exception = { file: "a.test.ts", source: /simulate$/, secret: "a token", because: "it is asked for" };
  expect(isExcepted(place, [exception])).toBe(true);
  for (const other of [{ file: "b.test.ts" }, { source: "stdout of main.ts run" }, { secret: "a key" }])
    expect(isExcepted({ ...place, ...other }, [exception])).toBe(false);
});

describe("a run of vitest", () => {
  const config = "test/planted-secrets/fixture/vitest.config.ts";
  const vitest = join(workspaceRoot, "node_modules/vitest/vitest.mjs");
  const runFixture = async (name: string) => {
    const commandLine = [process.execPath, vitest, "run", "--config", config, name];
    await using running = program(commandLine, { cwd: workspaceRoot, env: { NO_COLOR: "1" } });
    return { code: await running.ended, output: running.stdout + running.stderr };
  };

  test("fails when something leaks, though all tests pass, and names file, test and place", async () => {
    const { code, output } = await runFixture("leaking.fixture.ts");
    expect(output).toMatch(/Tests\s+5 passed/);
    expect(code).toBe(1);
    const leaks = output.slice(output.indexOf("Planted secrets were found"));
    for (const [name, source] of [
      ["a process that prints one", "stderr of -e"],
      ["a process that is waited for", "waited for"],
      ["a request with one in its body", "body of a request"],
      ["a command in-process", "in-process"],
      ["see above", "stdout of vitest"],
    ]) {
      expect(leaks).toMatch(
        new RegExp(`LEAK of a planted secret\n  in \\S+ > ${name}\n  [^\n]*${source}[^\n]*\\[HERE\\]`),
      );
    }
    expect(leaks.match(/body of a request/g)).toHaveLength(1);
    expect(createScanner().scan(leaks)).toEqual([]);
  });

  test("passes when nothing does", async () => {
    const { code, output } = await runFixture("clean.fixture.ts");
    expect(output).toContain("No planted secret was printed, sent or stored");
    expect(code).toBe(0);
  });
});

const preload = fileURLToPath(new URL("./testdata/preloads/crash-in-request.mjs", import.meta.url));

test.for(["exception", "rejection"])(
  "a crash by an uncaught %s ends with 1, says where, and shows no secret",
  async (CRASH) => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 5 });
    await using webhook = await startWebhook({ answer: status(200) });
    const config = await writeConfig(folder.path, { tenant, webhook });
    const options = { cwd: folder.path, env: { CRASH }, preloads: [preload] };
    await using running = loghook(["run", "--once", "--config", config], options);
    expect(await running.ended).toBe(1);
    expect(running.stderr).toMatch(/Error: A bug\.\n\s+at .*crash-in-request\.mjs/);
    expect(createScanner().scan(running.stdout + running.stderr)).toEqual([]);
  },
);
