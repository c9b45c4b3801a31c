import { processorContract } from "./processor-contract.ts";

processorContract("a processor that keeps failed logins", () => ({
  process: (batch) => batch.filter((record) => record.attributes["auth0.type"] === "f"),
}));

processorContract("a processor that marks a copy of each record and has something to close", async () => ({
  process: async (batch) =>
    batch.map((record) => ({ ...record, attributes: { ...record.attributes, "app.seen": true } })),
  async [Symbol.asyncDispose]() {},
}));
