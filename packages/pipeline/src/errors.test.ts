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
  expect(new ours.RetryableError("later")).toBeInstanceOf(theirs.RetryableError);
});

test("so is one of a minified copy, where classes have other names", async () => {
  const theirs = await otherCopy();
  for (const value of Object.values(theirs)) Object.defineProperty(value, "name", { value: "n" });
  const error = new theirs.RecordsRejectedError("no", { records: [] });
  expect(error).toBeInstanceOf(ours.RecordsRejectedError);
  expect(error).toBeInstanceOf(ours.LoghookError);
  expect(error).not.toBeInstanceOf(ours.RetryableError);
  expect(new ours.RetryableError("later")).toBeInstanceOf(theirs.RetryableError);
  expect(new ours.RetryableError("later")).not.toBeInstanceOf(theirs.RecordsRejectedError);
});

test("an error of a class that extends one of another copy is one of ours all the same", async () => {
  const theirs = await otherCopy();
  class RateLimitedError extends theirs.RetryableError {}
  expect(new RateLimitedError("later")).toBeInstanceOf(ours.RetryableError);
  expect(new RateLimitedError("later")).not.toBeInstanceOf(ours.ConfigError);
});

test("classes that share nothing but a name, or have none, are not taken for each other", () => {
  const throttledOf = (Base: typeof ours.RetryableError | typeof ours.SourceRefusedError) =>
    ({ Throttled: class Throttled extends Base {} }).Throttled;
  const one = throttledOf(ours.RetryableError);
  const other = throttledOf(ours.SourceRefusedError);
  expect(new one("x")).toBeInstanceOf(one);
  expect(new one("x")).not.toBeInstanceOf(other);
  expect(new (class extends ours.RetryableError {})("x")).not.toBeInstanceOf(
    class extends ours.SourceRefusedError {},
  );
  class ConfigError extends ours.RetryableError {}
  expect(new ConfigError("x")).not.toBeInstanceOf(ours.ConfigError);
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
