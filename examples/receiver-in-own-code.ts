// Reads a tenant's log in a program of your own and does with each entry what you like: here it prints a line. It goes
// on until Ctrl-C, and the next time behind the last entry that it was done with.
//
//   npm install @loghook/pipeline @loghook/receiver-auth0 @loghook/storage-sqlite
//   AUTH0_DOMAIN=acme.eu.auth0.com AUTH0_CLIENT_ID=… AUTH0_CLIENT_SECRET=… node receiver-in-own-code.ts
import { parseSettings, standaloneSettings } from "@loghook/pipeline";
import { auth0Config, createAuth0Receiver } from "@loghook/receiver-auth0";
import { openStorage } from "@loghook/storage-sqlite";

const { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, AUTH0_ENDPOINT } = process.env;
const config = parseSettings(
  auth0Config,
  {
    domain: AUTH0_DOMAIN,
    client_id: AUTH0_CLIENT_ID,
    client_secret: AUTH0_CLIENT_SECRET,
    endpoint: AUTH0_ENDPOINT, // A simulator or a proxy. Not set: the tenant itself.
  },
  "The receiver",
);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());

// The checkpoint and the access token. Without a storage every start would begin at the oldest entry.
await using storage = await openStorage({ directory: ".loghook" });
const settings = standaloneSettings({ storage: storage.client("auth0") });
await using receiver = createAuth0Receiver(config, settings);

// A lane is who reads, by name: each has a checkpoint of its own.
const deliveries = receiver.receive({ lane: "my-program", follow: true, signal: stop.signal });
for await (const { batch, ack } of deliveries) {
  for (const { eventName, severityText, attributes } of batch) {
    const who = attributes["user.name"] ?? attributes["client.address"] ?? "";
    console.log(attributes["log.record.uid"], severityText, eventName, who);
  }
  // Only when all of it is done. Who crashes before this line gets the batch again, under the same uids.
  await ack();
}
