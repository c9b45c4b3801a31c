import { startTenant } from "@loghook/auth0-simulator";
import { standaloneSettings } from "@loghook/pipeline";
import { auth0Config, createAuth0Receiver, eventTypes } from "@loghook/receiver-auth0";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

export type Entry = Record<string, unknown>;

/**
 * A record of each event type, as a tenant writes it and the receiver reads it.
 *
 * @param edit what each entry is changed to before it is written
 */
export async function recordsOfEveryType(
  edit: (entry: Entry, index: number) => Entry,
): Promise<ReadableLogRecord[]> {
  await using source = await startTenant({ logsItsOwnTokens: false });
  const drafts = [...eventTypes.keys()].flatMap((type) => source.generate(1, { type }));
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  for (const [index, { json }] of drafts.entries()) tenant.append(edit(JSON.parse(json) as Entry, index));
  const config = auth0Config.parse({
    domain: tenant.domain,
    endpoint: tenant.url,
    token: await tenant.issueToken(),
    rate_limit: { max_share: 1 },
  });
  await using receiver = createAuth0Receiver(config, standaloneSettings());
  const signal = new AbortController().signal;
  const records: ReadableLogRecord[] = [];
  for await (const { batch } of receiver.receive({ lane: "test", follow: false, signal }))
    records.push(...batch);
  return records;
}
