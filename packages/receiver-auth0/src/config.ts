import { tlsSettings } from "@loghook/http-dispatcher";
import {
  duration,
  httpUrl,
  integer,
  must,
  positiveDuration,
  type RetryPolicy,
  retryOnFailure,
} from "@loghook/pipeline";
import { Cron } from "croner";
import { z } from "zod";
import {
  type Credentials,
  credentialFaults,
  credentialKinds,
  credentialSettings,
  toCredentials,
} from "./credentials.ts";
import { type StartFrom, startFrom } from "./start-from.ts";

/** What `auth0Config` makes of the settings. */
export interface Auth0Config {
  readonly domain: string;
  /** Where requests go. */
  readonly endpoint: string;
  readonly audience: string;
  readonly credentials: Credentials;
  readonly startFrom: StartFrom;
  /** Entries per request. */
  readonly batchSize: number;
  readonly pollIntervalMs: number;
  /** How late an entry may show up. 0: never look again. */
  readonly overlapMs: number;
  /** Cron expression. Undefined: poll. */
  readonly schedule: string | undefined;
  /** The part of what remains of the tenant's rate limit that we use. */
  readonly maxShare: number;
  /** How long the tenant keeps entries. Undefined: not known. */
  readonly retentionMs: number | undefined;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly caFile: string | undefined;
  /** Put on the resource of every record. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
}

const defaults = {
  batchSize: 100,
  pollInterval: "15s",
  overlap: "1m",
  maxShare: 0.5,
  timeout: "30s",
} as const;

// Without a flag, since a JSON Schema has none.
const bareHost =
  /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/;

const domainRule = must(
  "be the host name of the tenant alone, such as acme.eu.auth0.com, without https:// and without a path",
);

const domain = z
  .string({ error: domainRule })
  .regex(bareHost, { error: domainRule })
  .meta({ patternErrorMessage: "Write the host name of the tenant alone, such as acme.eu.auth0.com." })
  .transform((host) => host.toLowerCase());

/** Above 2^32 ms there is no timer, and nobody waits an hour for an answer: https://nodejs.org/api/globals.html#static-method-abortsignaltimeoutdelay */
const longestTimeoutMs = 3_600_000;

/** Twice as much as this is read again and again. */
const longestOverlapMs = 3_600_000;

const scheduleRule = must('be a cron expression such as "*/5 * * * *"');
const schedule = z
  .string({ error: scheduleRule })
  .refine((text) => nextTick(text) !== undefined, { error: scheduleRule, abort: true })
  .refine((text) => nextTick(text) !== null, { error: must("name a time that is still to come") });

/** Null: it never comes. Undefined: it is no cron expression. */
function nextTick(text: string): Date | null | undefined {
  try {
    return new Cron(text, { paused: true }).nextRun();
  } catch {
    return undefined;
  }
}

const shareRule = must("be a number above 0 and at most 1");
const share = z.number({ error: shareRule }).gt(0, { error: shareRule }).lte(1, { error: shareRule });

// `service.name` and `auth0.…` tell this receiver's records from those of others.
const ownName = z.string().regex(/^(?!service\.name$|auth0\.)./);
const attributesRule = must("be names and texts, such as team: identity");

const resourceAttributes = z.record(ownName, z.string({ error: must("be a text") }), {
  error: (issue) =>
    issue.code === "invalid_key"
      ? "must be another name: service.name and all that begins with auth0. are for the receiver itself to set"
      : attributesRule(issue),
});

const settings = z.strictObject({
  domain: domain.describe("The tenant's domain, such as `acme.eu.auth0.com`."),
  endpoint: httpUrl()
    .optional()
    .describe("Another base URL for all requests: a simulator, a proxy. Default: `https://<domain>`."),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The Management API's identifier. With a custom domain: that of the canonical domain. Default: `https://<domain>/api/v2/`.",
    ),
  ...credentialSettings,
  start_from: startFrom()
    .prefault("beginning")
    .describe(
      "Where a lane without a checkpoint begins: `beginning`, `now`, a date, a date and time, or a log_id (in quotes), which is left out itself. A changed value moves the checkpoint, an unchanged one never does.",
    ),
  batch_size: integer(1, 100).default(defaults.batchSize).describe("Entries per request, 1 to 100."),
  poll_interval: positiveDuration()
    .prefault(defaults.pollInterval)
    .describe(
      "The pause when nothing is left to read but what may just be written. Until then pages follow each other at once.",
    ),
  overlap: duration()
    .refine((ms) => ms <= longestOverlapMs, { error: "must be at most 1h" })
    .prefault(defaults.overlap)
    .describe(
      "How late the tenant may show an entry, behind others that were read already: what is younger than this is read a second time, and what was missing then is delivered. `0s`: never look again.",
    ),
  schedule: schedule
    .optional()
    .describe("Cron expression: read what is there at each tick, in place of polling."),
  rate_limit: z
    .strictObject({
      max_share: share
        .default(defaults.maxShare)
        .describe(
          "The part of what remains of the tenant's rate limit that may be used, above 0 and at most 1.",
        ),
    })
    .prefault({})
    .describe("How much of the tenant's rate limit to use."),
  retention: positiveDuration()
    .optional()
    .describe(
      "How long the tenant keeps entries (`1d` to `30d` by plan). With it, a lane that falls behind warns.",
    ),
  timeout: positiveDuration()
    .refine((ms) => ms <= longestTimeoutMs, { error: "must be at most 1h" })
    .prefault(defaults.timeout)
    .describe("The longest that one request may take."),
  retry_on_failure: retryOnFailure().describe(
    "Waits between attempts when the tenant cannot be reached. `max_elapsed_time` defaults to for ever when polling and to `5m` in runs.",
  ),
  tls: tlsSettings
    .pick({ ca_file: true })
    .prefault({})
    .describe("For an endpoint with a certificate of your own."),
  resource_attributes: resourceAttributes
    .optional()
    .describe(
      "Names and texts for every record's resource, such as `deployment.environment.name: production`, beside `service.name` and `auth0.domain`, which are set already.",
    ),
});

/** The settings of a receiver of type `auth0`, checked. Parsed to an `Auth0Config`. */
export const auth0Config: z.ZodType<Auth0Config> = settings
  // What a JSON Schema can say of the rule below.
  .meta({ anyOf: credentialKinds.map((required) => ({ required })) })
  .superRefine((given, context) => {
    for (const { path, message } of credentialFaults(given)) {
      context.addIssue({ code: "custom", path, message });
    }
  })
  .transform((given) => ({
    domain: given.domain,
    endpoint: given.endpoint ?? `https://${given.domain}`,
    audience: given.audience ?? `https://${given.domain}/api/v2/`,
    credentials: toCredentials(given),
    startFrom: given.start_from,
    batchSize: given.batch_size,
    pollIntervalMs: given.poll_interval,
    overlapMs: given.overlap,
    schedule: given.schedule,
    maxShare: given.rate_limit.max_share,
    retentionMs: given.retention,
    // A timer takes whole milliseconds only.
    timeoutMs: Math.ceil(given.timeout),
    retry: given.retry_on_failure,
    caFile: given.tls.ca_file,
    resourceAttributes: given.resource_attributes ?? {},
  }));
