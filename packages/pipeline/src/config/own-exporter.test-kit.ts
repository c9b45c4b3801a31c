import { z } from "zod";
import { defineExporter, type LogBatch, secret } from "../index.ts";

/** What the exporters of this module were given. */
export const delivered: LogBatch[] = [];

/** An exporter as somebody would write it outside of this workspace. */
export const memory = defineExporter({
  type: "memory",
  description: "Keeps records in memory.",
  config: z.strictObject({ name: z.string(), token: secret().optional() }),
  create: () => ({
    async export(batch) {
      delivered.push(batch);
    },
    async [Symbol.asyncDispose]() {},
  }),
});
