import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** What a suite says about a component with a fault, somewhere in its failures. */
const complaints: Readonly<Record<string, string>> = {
  "resolves at once and sends later": "export() resolved, and these records have not arrived",
  "swallows what goes wrong": "export() resolved, though the destination failed",
  "rejects with errors of its own": "expected Error: It did not work. to be an instance of RetryableError",
  "asks for a refused record again": "the same data would be refused again",
  "ignores the signal": "the signal aborted, and export() is still under way",
  "changes the records": "export() has changed records that it was given",
  "names copies of the records": "the error names records that are not the very ones of the batch",
  "forgets the records behind the one that failed":
    "export() does not say that these records have not arrived",
  "does one thing at a time and leaves the rest out": "export() was called three times at once, and these",
  "cannot be disposed twice": "The connection is closed already.",

  "settles whole deliveries only": "what is read behind the checkpoint",
  "keeps no checkpoint": "what is read behind the checkpoint",
  "has caught up all the time": "what was read when a delivery first said caughtUp",
  "makes numbers of the uids": "the uids of all that was read",
  "keeps one checkpoint for all lanes": "what another lane reads",
  "rejects when it is stopped": "This operation was aborted",
  "does not hear the signal": "the signal aborted, and receive() goes on",
  "does not follow": "entries were appended, and receive() has not brought them",
  "fills one array again and again": "a batch has changed while the next ones were read",
  "forgets acknowledgements that come late": "what is read behind the checkpoint",
  "gives an entry to whoever comes first": "what each of three lanes has read",

  "sorts the newest first": "the uids of the records that process() returned",
  "sends everything twice": "process() returned records with these uids more than once",
  "gives new uids": "process() returned records with uids that it was not given",
  "marks the very records": "process() has changed records that it was given",
  "counts on a body": "Cannot read properties of",
  "adds a record that says how many there were": "what process() returned for an empty batch",
  "remembers for all lanes together what has been there": "a second processor kept other records",

  "has one name for owner and key together": "what another owner finds",
  "writes the whole file anew for each value": "what was set in many calls at once",
  "lists all runs, whatever is asked": "the runs that list() gives when no limit is given",
  "adds a run again when it is saved again": "the runs, one of which was saved twice",
  "forgets everything when it is closed": "a value that was set",
  "parks one more than it may": "what add() says when two records may be parked",
  "refuses what is parked already when it is full": "of a record that is parked already",
  "looks whether there is room, and parks later": "of eight that were parked at once, five at most",
  "parks a record twice": "the parked records, one of which was parked twice",
  "lists the newest parked record first": "the uids of the parked records that list() gives",
  "removes a parked record from all lanes": "after it was removed from another lane",
  "keeps the first settlement of a record": "of a record that was noted twice",
  "has one ledger for all lanes": "what is known of another lane",
  "says that it begins with the last that was noted": "where the ledger begins",
  "stops at the first record that is older": "what is known since a time",
  "knows the last hundred records": "what is known of 900 records",
  "forgets the ledger when it is closed": "what the ledger knows when it was opened again",
};

interface TestResult {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Runs the suites over the faulty components, in a vitest of their own, where tests may fail. */
async function runFaulty(): Promise<TestResult[]> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const config = fileURLToPath(new URL("./contract-faults.test-config.ts", import.meta.url));
  await using folder = await mkdtempDisposable(join(tmpdir(), "loghook-contract-faults-"));
  const report = join(folder.path, "report.json");
  const options = ["run", "--config", config, "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, ["--conditions=source", vitest, ...options], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: "ignore",
  });
  await once(child, "close");
  const { testResults } = JSON.parse(await readFile(report, "utf8")) as {
    testResults: { assertionResults: TestResult[] }[];
  };
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

const faultOf = ({ ancestorTitles: [suite = ""] }: TestResult): string =>
  suite.replace(/ honours the \w+ contract$/, "");

test("the suites find every fault, and say what it is", async () => {
  const results = await runFaulty();
  expect([...new Set(results.map(faultOf))].toSorted()).toEqual(Object.keys(complaints).toSorted());
  for (const [fault, complaint] of Object.entries(complaints)) {
    const ofFault = results.filter((result) => faultOf(result) === fault);
    const said = ofFault.flatMap(({ failureMessages }) => failureMessages).join("\n");
    expect(said, `what is said about one that ${fault}`).toContain(complaint);
    // A fault is no reason to find everything else wrong, too.
    expect(
      ofFault.map(({ status }) => status),
      fault,
    ).toContain("passed");
  }
});
