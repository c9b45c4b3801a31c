// Processors with a fault each. contract-faults.test.ts looks at what the suite says about them.
import type { Processor } from "@loghook/pipeline";
import { processorContract } from "./processor-contract.ts";

function faulty(fault: string, process: Processor["process"]): void {
  processorContract(fault, () => ({ process }));
}

faulty("sorts the newest first", (batch) => batch.toReversed());

faulty("sends everything twice", (batch) => [...batch, ...batch]);

faulty("gives new uids", (batch) =>
  batch.map((record, index) => ({ ...record, attributes: { "log.record.uid": `new-${index}` } })),
);

faulty("marks the very records", (batch) => {
  for (const record of batch) Object.assign(record.attributes, { seen: true });
  return batch;
});

faulty("counts on a body", (batch) => batch.filter(({ body }) => (body as { type: string }).type !== "x"));

faulty("adds a record that says how many there were", (batch) => [
  ...batch,
  { ...(batch[0] as (typeof batch)[number]), body: batch.length, attributes: { "log.record.uid": "count" } },
]);

const seen = new Set<unknown>();
faulty("remembers for all lanes together what has been there", (batch) =>
  batch.filter(
    ({ attributes }) => !seen.has(attributes["log.record.uid"]) && seen.add(attributes["log.record.uid"]),
  ),
);
