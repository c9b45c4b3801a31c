import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { workspaceRoot } from "./harness.ts";

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly needs?: string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const names = globSync(".github/workflows/*.yml", { cwd: workspaceRoot });
const read = (name: string): Workflow => parse(readFileSync(join(workspaceRoot, name), "utf8"));
const rootManifest = JSON.parse(readFileSync(join(workspaceRoot, "package.json"), "utf8"));

test("there are workflows", () => {
  expect(names.length).toBeGreaterThan(2);
});

test.for(names)("%s takes no rights by default but reading, and every job ends", (name) => {
  const { permissions, jobs } = read(name);
  expect([{}, { contents: "read" }]).toContainEqual(permissions);
  for (const [job, { "timeout-minutes": minutes }] of Object.entries(jobs))
    expect(minutes, job).toBeLessThan(61);
});

test.for(names)("%s uses GitHub's own actions only, and runs only scripts that there are", (name) => {
  const steps = Object.values(read(name).jobs).flatMap((job) => job.steps);
  for (const { uses } of steps) expect(uses ?? "actions/").toMatch(/^actions\//);
  const commands = steps.map(({ run }) => run ?? "").join("\n");
  for (const [, script = ""] of commands.matchAll(/pnpm@12 run (?:--silent )?(\S+)/g)) {
    expect(Object.keys(rootManifest.scripts)).toContain(script);
  }
  // Names of branches and titles of pull requests are anybody's text: they come in by `env`.
  expect(commands).not.toContain("${{");
});

test("the right to publish lies with a job that runs no code of a dependency", () => {
  const jobs = names.flatMap((name) => Object.values(read(name).jobs));
  const publishers = jobs.filter(({ permissions = {} }) => "id-token" in permissions);
  expect(publishers).toHaveLength(1);
  const [{ steps, permissions } = { steps: [], permissions: {} }] = publishers;
  expect(permissions).toEqual({ "id-token": "write" });
  expect(steps.map(({ uses, run }) => `${uses} ${run}`).join("\n")).not.toMatch(/checkout|pnpm|npx|install/);
});

test.for(globSync("packages/*/package.json", { cwd: workspaceRoot }))(
  "%s is published publicly, with its provenance and the folder that it comes from",
  (name) => {
    const manifest = JSON.parse(readFileSync(join(workspaceRoot, name), "utf8"));
    expect(manifest.publishConfig).toMatchObject({ access: "public", provenance: true });
    expect(manifest.repository).toMatchObject({
      type: "git",
      directory: name.split(/[\\/]/).slice(0, -1).join("/"),
    });
  },
);
