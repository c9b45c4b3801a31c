// A loghook with a fault put in on purpose, to show that the oracle sees it: a preload module for the process under test that
// changes one line of the source as it is loaded. Where the line is no longer there, the process ends at once, and says so.
import { registerHooks } from "node:module";

/** A change of one place of the source. */
export interface Breaker {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const breakers = {
  /** Takes a batch for delivered when it goes out. A crash then loses it. */
  "settles before the answer": {
    file: "pipeline/src/in-flight.ts",
    from: "await options.send(batch.records);",
    to: "void options.send(batch.records).catch(() => {});",
  },
  /** Leaves out one entry of some. */
  "drops an entry": {
    file: "exporter-webhook/src/encode-request.ts",
    from: "const items = batch.map(",
    to: "const items = (batch.length > 2 ? batch.slice(1) : batch).map(",
  },
  "changes an entry": {
    file: "exporter-webhook/src/encode-request.ts",
    from: "(isLine ? undefined : sourceJson(record)) ?? jsonOf(record)",
    to: '((isLine ? undefined : sourceJson(record)) ?? jsonOf(record)).replace(/"ip":"[^"]*"/, \'"ip":"0.0.0.0"\')',
  },
  "takes an error for an answer": {
    file: "exporter-webhook/src/classify-response.ts",
    from: '?? { verdict: "retryable" }',
    to: '?? { verdict: "taken" }',
  },
  /** Sends everything once more. */
  "repeats without a reason": {
    file: "exporter-webhook/src/sender.ts",
    from: "if (error) throw error;",
    to: "if (error) throw error; if (Math.random() < 0.2) await this.send(records, { signal });",
  },
  /** Groups otherwise after a restart, so that ids differ. */
  "forgets where batches ended": {
    file: "pipeline/src/batch-cuts.ts",
    from: "const stored = parse(text);",
    to: "const stored = parse(undefined);",
  },
} as const satisfies Record<string, Breaker>;

export type BreakerName = keyof typeof breakers;

/** Put in the environment of the process: which of them. */
export const breakerVariable = "LOGHOOK_CHAOS_BREAKER";

const chosen = process.env[breakerVariable];
if (chosen !== undefined) breakIt(breakers[chosen as BreakerName]);

function breakIt({ file, from, to }: Breaker): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(from)) throw new Error(`There is no "${from}" in ${file} any more.`);
      return { ...loaded, source: source.replace(from, () => to) };
    },
  });
}
