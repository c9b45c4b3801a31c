import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { BareLoopOptions } from "./bare-loop.ts";
import type { Cell } from "./cells.ts";

/** What a contender is given: two addresses, a cell, and an empty folder. */
interface Track {
  readonly cell: Cell;
  /** `http://127.0.0.1:4010`; `https:` where the contender cannot do without. */
  readonly tenantUrl: string;
  readonly webhookUrl: string;
  readonly folder: string;
}

export interface Contender {
  readonly name: "loghook" | "bare" | "original";
  readonly needsHttps: boolean;
  /** The arguments of Node. */
  argv(track: Track): Promise<readonly string[]>;
}

export const batchSize = 100;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const bare: Contender = {
  name: "bare",
  needsHttps: false,
  async argv({ cell: { sendAsBatch, concurrency }, tenantUrl, webhookUrl }) {
    const options: BareLoopOptions = { tenantUrl, webhookUrl, batchSize, sendAsBatch, concurrency };
    return [here("bare-loop.ts"), JSON.stringify(options)];
  },
};

const original: Contender = {
  name: "original",
  needsHttps: true,
  async argv({ cell: { sendAsBatch, concurrency }, tenantUrl, webhookUrl, folder }) {
    const domain = new URL(tenantUrl).host;
    const stateFile = join(folder, "state.json");
    const options = { domain, batchSize, webhookUrl, sendAsBatch, concurrency, stateFile };
    return ["--no-deprecation", here("original-loop.cjs"), JSON.stringify(options)];
  },
};

/** @param program the file to run */
function loghook(program: string): Contender {
  return {
    name: "loghook",
    needsHttps: false,
    async argv(track) {
      const config = join(track.folder, "loghook.yaml");
      await writeFile(config, stringify(loghookConfig(track)));
      return [program, "run", "--once", "--config", config];
    },
  };
}

/** @param program loghook's */
export function contendersWith(program: string): readonly Contender[] {
  return [loghook(program), bare, original];
}

/** With durable checkpoints, retries and ids, as by default, and a filter that looks at each entry and keeps it. */
function loghookConfig({ cell: { sendAsBatch, concurrency }, tenantUrl, webhookUrl, folder }: Track) {
  const credentials = { domain: "acme.eu.auth0.com", client_id: "bench", client_secret: "bench-secret" };
  return {
    receivers: { auth0: { ...credentials, endpoint: tenantUrl, batch_size: batchSize } },
    processors: { filter: { exclude_types: ["du", "category:scim.event"] } },
    exporters: { webhook: { url: webhookUrl, send_as_batch: sendAsBatch, concurrency } },
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: { logs: { receivers: ["auth0"], processors: ["filter"], exporters: ["webhook"] } },
    },
  };
}
