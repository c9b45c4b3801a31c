// An exporter of one's own: to Splunk, by its HTTP Event Collector. loghook.yaml names this file under `components`.
// https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data
//
//   npm install @loghook/pipeline zod
import {
  BatchTooLargeError,
  DestinationRefusedError,
  defineExporter,
  deliverySettings,
  httpUrl,
  parseRetryAfter,
  RecordsRejectedError,
  RetryableError,
  secret,
  toDeliveryPolicy,
} from "@loghook/pipeline";
import { z } from "zod";

/** 400 with one of these is about the token's settings, not about the events: wrong index, channel missing or wrong. */
const settingsCodes = [7, 10, 11];

export const splunkHec = defineExporter({
  type: "splunk_hec",
  config: z.strictObject({
    url: httpUrl().describe("Where Splunk listens, such as `https://splunk.example.com:8088`."),
    token: secret().describe("The token of the HTTP Event Collector."),
    ...deliverySettings,
  }),
  delivery: toDeliveryPolicy,
  create: ({ url, token }, { clock }) => ({
    async export(batch, { signal }) {
      if (batch.length === 0) return;
      const events = batch.map(({ hrTime: [seconds, nanos], body }) =>
        JSON.stringify({ time: seconds + nanos / 1e9, sourcetype: "auth0", event: body }),
      );
      const response = await fetch(new URL("/services/collector/event", url), {
        method: "POST",
        headers: { authorization: `Splunk ${token.reveal()}` },
        body: events.join("\n"),
        redirect: "manual", // The token is for Splunk alone.
        signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
      }).catch((cause) => {
        signal.throwIfAborted();
        throw new RetryableError("Splunk does not answer.", { cause });
      });
      const { code, text } = (await response.json().catch(() => ({}))) as { code?: number; text?: string };
      if (response.ok) return;

      // The error says what loghook does next. Waiting, splitting and sending again are not this exporter's business.
      const { status, headers } = response;
      const message = `Splunk answered ${[status, text].join(" ").trim()}.`;
      if (status === 413) throw new BatchTooLargeError(message);
      if (status === 400 && !settingsCodes.includes(code ?? 0)) {
        throw new RecordsRejectedError(message, { records: batch });
      }
      const retryAfterMs = parseRetryAfter(headers.get("retry-after") ?? undefined, clock.now());
      if (status === 408 || status === 429 || status >= 500)
        throw new RetryableError(message, { retryAfterMs });
      throw new DestinationRefusedError(message, {
        remedy: "Check url, token and the token's index in Splunk.",
      });
    },
    // fetch keeps nothing open that would have to be closed.
    async [Symbol.asyncDispose]() {},
  }),
});
