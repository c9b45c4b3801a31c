import { integer, nameList, neverPrinted, Secret } from "@loghook/pipeline";
import { z } from "zod";
import { type ActionName, actionNames, keyedActions } from "./actions.ts";
import { auth0Pii } from "./auth0-pii.ts";
import { type Path, PathProblem, parsePath } from "./path.ts";
import { identity, type RedactRule } from "./rule-book.ts";
import type { PrefixBits } from "./truncate-ip.ts";

/** What to take out of records. Made by parsing `redactConfig`. */
export interface RedactConfig {
  /** The first rule that names a value decides. Those of the preset come last. */
  readonly rules: readonly RedactRule[];
  /** Undefined: no rule makes pseudonyms. */
  readonly hmacKey: Secret | undefined;
  /** Whether what a rule takes out is also taken out wherever else it stands in the same record. */
  readonly everywhere: boolean;
  /** What `truncate_ip` leaves of an address. */
  readonly prefixBits: PrefixBits;
}

const defaults = { everywhere: true, ipv4_prefix: 24, ipv6_prefix: 48 } as const;

const presets: Readonly<Record<"auth0_pii", readonly RedactRule[]>> = {
  auth0_pii: auth0Pii.map(({ action, paths }) => ({ action, paths: paths.map(parsePath), attributes: [] })),
};

/** As many bytes as the hash has: shorter keys are discouraged (https://www.rfc-editor.org/rfc/rfc2104#section-3). */
const shortestKey = 32;
const makeKey = "`openssl rand -base64 32` makes a good one";

function path() {
  return z
    .string({ error: "must be a path such as details.prompts.*.user_name" })
    .transform((text, context) => {
      try {
        return checkedPath(text);
      } catch (error) {
        if (!(error instanceof PathProblem)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    });
}

function checkedPath(text: string): Path {
  const path = parsePath(text);
  const [first, ...more] = path;
  const field = typeof first === "object" && more.length === 0 ? first.key : undefined;
  if (identity.paths.some((name) => name === field)) {
    throw new PathProblem(
      `must not name ${field}: with log_id, _id, type and date a record is known, and they are also in its ` +
        "attributes, its name and its time; leave it out",
    );
  }
  return path;
}

const attributeNames = nameList().superRefine((names, context) => {
  for (const name of names) {
    if (!identity.attributes.some((attribute) => attribute === name)) continue;
    const message = `must not name ${name}, which says what the record is, not whom it is about; leave it out`;
    context.addIssue({ code: "custom", message });
  }
});

const rule = z
  .strictObject({
    path: path()
      .optional()
      .describe(
        "A place in the entry: keys with dots between them, `*` for any key or index, `**` for any depth.",
      ),
    paths: z.array(path()).optional().describe("Several of them, as a list."),
    attributes: attributeNames
      .optional()
      .describe(
        "Names of the record's attributes, as a list or one text with commas; `*` is any characters.",
      ),
    action: z
      .enum(actionNames)
      .describe(
        "What becomes of the value: `remove`, `mask`, `pseudonymize`, `hash_email`, `truncate_ip`, `scrub`, or " +
          "`keep`, which makes an exception.",
      ),
  })
  .superRefine(({ path, paths = [], attributes = [] }, context) => {
    if (path || paths.length > 0 || attributes.length > 0) return;
    context.addIssue({ code: "custom", message: "names nothing; give it a path, paths or attributes" });
  })
  .transform(
    ({ path, paths = [], attributes = [], action }): RedactRule => ({
      paths: path ? [path, ...paths] : paths,
      attributes,
      action,
    }),
  );

/** The messages never show the key. */
const keyRule = `must be a text of at least ${shortestKey} characters; ${makeKey}`;
const hmacKey = z
  .string({ error: keyRule })
  .min(shortestKey, { error: keyRule })
  .meta(neverPrinted)
  .transform((text) => new Secret(text));

/** The settings as a user writes them. Parsed to a `RedactConfig`. */
export const redactConfig = z
  .strictObject({
    preset: z
      .enum(["auth0_pii"])
      .optional()
      .describe("Rules to begin with. `auth0_pii`: the fields of Auth0's log that hold personal data."),
    rules: z
      .array(rule)
      .prefault([])
      .describe(
        "What to take out: each rule has `path`, `paths` or `attributes`, and an `action`. The first rule that names " +
          "a value decides; those of the preset come last.",
      ),
    hmac_key: hmacKey
      .optional()
      .describe(
        "The key of the pseudonyms, at least 32 characters. A secret. Needed by `pseudonymize`, `hash_email`, `scrub` " +
          "and the preset.",
      ),
    everywhere: z
      .boolean()
      .default(defaults.everywhere)
      .describe(
        "Also takes out what a rule took out of its place wherever else it stands in the same record.",
      ),
    ipv4_prefix: integer(0, 31)
      .default(defaults.ipv4_prefix)
      .describe("How many bits `truncate_ip` leaves of an IPv4 address, 0 to 31."),
    ipv6_prefix: integer(0, 127)
      .default(defaults.ipv6_prefix)
      .describe("How many bits `truncate_ip` leaves of an IPv6 address, 0 to 127."),
  })
  .superRefine(({ preset, rules, hmac_key }, context) => {
    if (!preset && rules.length === 0) {
      const message = "redacts nothing; set preset: auth0_pii, or rules";
      context.addIssue({ code: "custom", message });
    }
    const keyed = preset ? `preset: ${preset}` : keyedAction(rules);
    if (keyed === undefined || hmac_key) return;
    const message = `needs hmac_key for the pseudonyms of ${keyed}; ${makeKey}, to be set as hmac_key: \${env:REDACT_KEY}`;
    context.addIssue({ code: "custom", message });
  })
  .transform(
    (config): RedactConfig => ({
      rules: [...config.rules, ...(config.preset ? presets[config.preset] : [])],
      hmacKey: config.hmac_key,
      everywhere: config.everywhere,
      prefixBits: { ipv4: config.ipv4_prefix, ipv6: config.ipv6_prefix },
    }),
  );

function keyedAction(rules: readonly { action: ActionName }[]): string | undefined {
  const keyed = rules.find(({ action }) => keyedActions.includes(action));
  return keyed && `action: ${keyed.action}`;
}
