// What loghook holds while its destination is down and a large log waits: `node --conditions=source bench/memory.ts`.
import { outages, startLargeTenant, watchMemory } from "../test/memory-watch.ts";

const entries = 100_000;
const samples = 6;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);

await using tenant = await startLargeTenant(entries);
print(`A log of ${entries} entries of ${averageBytes()} bytes; heap after a collection and RSS, in MB.`);
print("");
print("destination | lanes | retries | pages read, then | heap at each sample | RSS at each sample | grown");
print("--- | --- | --- | --- | --- | --- | ---");
for (const outage of outages) {
  for (const lanes of [1, 10]) {
    const watched = await watchMemory({ tenant, outage, lanes, samples, retriesBetween: 25 * lanes });
    const [first, last] = [watched.samples[1], watched.samples.at(-1)];
    const columns = [
      outage,
      lanes,
      watched.retries,
      `${watched.pagesBefore}, ${watched.pagesAfter}`,
      watched.samples.map(({ heapUsed }) => megabytes(heapUsed)).join(" "),
      watched.samples.map(({ rss }) => megabytes(rss)).join(" "),
      megabytes((last?.heapUsed ?? 0) - (first?.heapUsed ?? 0)),
    ];
    print(columns.join(" | "));
  }
}

function averageBytes(): number {
  const some = tenant.entries.slice(0, 1000);
  return Math.round(some.reduce((sum, { json }) => sum + json.length, 0) / some.length);
}
