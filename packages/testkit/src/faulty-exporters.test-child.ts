// Exporters with a fault each. contract-faults.test.ts looks at what the suite says about them.
import { type Exporter, type ExportOptions, type LogBatch, RetryableError } from "@loghook/pipeline";
import { exporterContract } from "./exporter-contract.ts";
import { memoryDestination } from "./memory-exporter.test-kit.ts";
import { memoryExporter } from "./memory-exporter.ts";

type Export = (batch: LogBatch, options: ExportOptions, to: Exporter) => Promise<void>;

function faulty(fault: string, exportBatch: Export, dispose?: () => Promise<void>): void {
  exporterContract(fault, {
    start() {
      const sound = memoryExporter();
      const exporter: Exporter = {
        export: (batch, options) => exportBatch(batch, options, sound),
        [Symbol.asyncDispose]: dispose ?? (() => sound[Symbol.asyncDispose]()),
      };
      return memoryDestination(sound, exporter);
    },
  });
}

faulty("resolves at once and sends later", async (batch, options, to) => {
  setImmediate(() => to.export(batch, options).catch(() => {}));
});

faulty("swallows what goes wrong", async (batch, options, to) => {
  await to.export(batch, options).catch(() => {});
});

faulty("rejects with errors of its own", async (batch, options, to) => {
  await to.export(batch, options).catch(() => {
    throw new Error("It did not work.");
  });
});

faulty("asks for a refused record again", async (batch, options, to) => {
  await to.export(batch, options).catch((error: Error) => {
    throw new RetryableError(error.message);
  });
});

faulty("ignores the signal", async (batch, _options, to) => {
  await to.export(batch, { signal: new AbortController().signal });
});

faulty("changes the records", async (batch, options, to) => {
  for (const record of batch) Object.assign(record.attributes, { seen: true });
  await to.export(batch, options);
});

faulty("names copies of the records", async (batch, options, to) => {
  await to.export(batch, options).catch((error: Error) => {
    throw new RetryableError(error.message, { records: batch.map((record) => ({ ...record })) });
  });
});

faulty("forgets the records behind the one that failed", async (batch, options, to) => {
  for (const record of batch) {
    await to.export([record], options).catch((error: Error) => {
      throw new RetryableError(error.message, { records: [record] });
    });
  }
});

let isBusy = false;
faulty("does one thing at a time and leaves the rest out", async (batch, options, to) => {
  if (isBusy) return;
  isBusy = true;
  await to.export(batch, options).finally(() => {
    isBusy = false;
  });
});

let disposals = 0;
faulty(
  "cannot be disposed twice",
  async (batch, options, to) => to.export(batch, options),
  async () => {
    disposals += 1;
    if (disposals % 2 === 0) throw new Error("The connection is closed already.");
  },
);
