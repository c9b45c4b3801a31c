import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import * as ours from "./errors.ts";
import { InvalidConfigError } from "./index.ts";

/** As a component has them that brought a copy of this package of its own. */
async function otherCopy(): Promise<typeof ours> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-errors-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "errors.ts");
  await cp(new URL("./errors.ts", import.meta.url), file);
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as typeof ours;
}

test("an error of another copy of this package is told by its class all the same", async () => {
  const theirs = await otherCopy();
  expect(theirs.RetryableError).not.toBe(ours.RetryableError);
  const error = new theirs.RetryableError("later", { retryAfterMs: 5 });
  expect(error).toBeInstanceOf(ours.RetryableError);
  expect(error).toBeInstanceOf(ours.LoghookError);
  expect(error).not.toBeInstanceOf(ours.DestinationRefusedError);
});

test("a class that extends one of them is one of them, and not the other way round", () => {
  class RateLimitedError extends ours.RetryableError {}
  expect(new RateLimitedError("later")).toBeInstanceOf(ours.RetryableError);
  expect(new ours.RetryableError("later")).not.toBeInstanceOf(RateLimitedError);
  expect(new InvalidConfigError([])).toBeInstanceOf(ours.ConfigError);
  expect(new ours.ConfigError("no")).not.toBeInstanceOf(InvalidConfigError);
});

test.for([undefined, null, "RetryableError", { name: "RetryableError", code: "RETRYABLE" }, new Error("no")])(
  "%s is none of them",
  (value) => {
    expect(value).not.toBeInstanceOf(ours.LoghookError);
    expect(value).not.toBeInstanceOf(ours.RetryableError);
  },
);
