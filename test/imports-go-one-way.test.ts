import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workspaceRoot } from "./harness.ts";

// pnpm gives a package only what its package.json names, and the linter refuses imports that it does not name. So the
// direction of all imports can be read from there: cli → components → http-delivery → http-dispatcher → pipeline, and
// only tests see the testkit.
const components = [
  "receiver-auth0",
  "processor-filter",
  "processor-redact",
  "exporter-webhook",
  "exporter-otlp",
  "exporter-otel",
  "storage-sqlite",
  "reporter-slack",
];
const allowed: Record<string, readonly string[]> = {
  pipeline: [],
  "http-dispatcher": ["pipeline"],
  "http-delivery": ["pipeline", "http-dispatcher"],
  testkit: ["pipeline"],
  // It serves the catalogue of event types that the receiver knows.
  "auth0-simulator": ["receiver-auth0"],
  cli: ["pipeline", "auth0-simulator", ...components],
  ...Object.fromEntries(
    components.map((component) => [component, ["pipeline", "http-dispatcher", "http-delivery"]]),
  ),
};

interface Manifest {
  readonly dependencies?: Record<string, string>;
}

const folders = globSync("packages/*", { cwd: workspaceRoot }).map((path) => path.split(/[\\/]/)[1] ?? "");

test("every package has its place in the order", () => {
  expect(folders.toSorted()).toEqual(Object.keys(allowed).toSorted());
});

test.for(folders)("%s imports only what stands below it", (folder) => {
  const manifest = JSON.parse(
    readFileSync(join(workspaceRoot, "packages", folder, "package.json"), "utf8"),
  ) as Manifest;
  const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith("@loghook/"));
  expect(
    ours.map((name) => name.slice("@loghook/".length)).filter((name) => !allowed[folder]?.includes(name)),
  ).toEqual([]);
});
