// The least that a program can do: GET → JSON.parse → JSON.stringify → POST, one page read ahead. No checkpoint, no retry,
// no filter, no ids: what goes wrong here is lost. argv: JSON of `BareLoopOptions`.
import { Agent, request } from "undici";

export interface BareLoopOptions {
  readonly tenantUrl: string;
  readonly webhookUrl: string;
  readonly batchSize: number;
  readonly sendAsBatch: boolean;
  readonly concurrency: number;
}

type Entry = { readonly log_id: string };

const options = JSON.parse(process.argv[2] ?? "") as BareLoopOptions;
const dispatcher = new Agent({ connections: options.concurrency });
const reader = new Agent();

async function readPage(from: string): Promise<Entry[]> {
  const url = `${options.tenantUrl}/api/v2/logs?from=${from}&take=${options.batchSize}`;
  const { body } = await request(url, {
    dispatcher: reader,
    headers: { authorization: "Bearer bench-token" },
  });
  return JSON.parse(await body.text()) as Entry[];
}

async function post(payload: unknown): Promise<void> {
  const { body, statusCode } = await request(options.webhookUrl, {
    method: "POST",
    dispatcher,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(payload),
  });
  await body.dump();
  if (statusCode >= 300) throw new Error(`The webhook answered ${statusCode}.`);
}

let ahead = readPage("0");
let waiting: unknown[] = [];
let turning: Promise<void> | undefined;

/** Takes over the page that was read ahead, and begins to read the next one. At the end there is nothing to take over. */
async function turnPage(): Promise<void> {
  const page = await ahead;
  turning = undefined;
  const last = page.at(-1);
  if (last === undefined) return;
  ahead = readPage(last.log_id);
  waiting = options.sendAsBatch ? [page] : page.toReversed();
}

async function work(): Promise<void> {
  for (;;) {
    if (waiting.length === 0) {
      turning ??= turnPage();
      await turning;
    }
    const payload = waiting.pop();
    if (payload === undefined) return;
    await post(payload);
  }
}

await Promise.all(Array.from({ length: options.concurrency }, work));
