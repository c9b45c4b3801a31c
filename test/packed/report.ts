import type { Writable } from "node:stream";

/** Prints one line for each thing that is checked, and what a person needs where it does not hold. */
export interface Report {
  /**
   * @param work rejects with an error whose message says what is wrong and what to do
   * @param describe what to print behind "ok". Default: nothing
   * @returns what `work` resolved with; undefined when it failed
   */
  check<Result>(
    name: string,
    work: () => Promise<Result> | Result,
    describe?: (result: Result) => string,
  ): Promise<Result | undefined>;
  readonly passed: number;
  readonly failed: number;
}

export function createReport(out: Pick<Writable, "write">): Report {
  let passed = 0;
  let failed = 0;
  return {
    get passed() {
      return passed;
    },
    get failed() {
      return failed;
    },
    async check(name, work, describe = () => "") {
      const startedAt = performance.now();
      const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)}s`;
      try {
        const result = await work();
        passed++;
        out.write(`ok      ${name}  ${[describe(result), seconds()].filter(Boolean).join(", ")}\n`);
        return result;
      } catch (error) {
        failed++;
        const message = error instanceof Error ? error.message : String(error);
        out.write(`FAILED  ${name}  ${seconds()}\n${message.trimEnd().replaceAll(/^(?=.)/gm, "        ")}\n`);
        return undefined;
      }
    },
  };
}

/** @throws {Error} with one line for each problem, when there is one */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
