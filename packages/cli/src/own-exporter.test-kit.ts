import { defineExporter, secret } from "@loghook/pipeline";
import { z } from "zod";

/** An exporter as somebody would write it beside a config. */
export const memory = defineExporter({
  type: "memory",
  config: z.strictObject({ name: z.string(), token: secret().optional() }),
  create: () => ({ async export() {}, async [Symbol.asyncDispose]() {} }),
});
