import { holdsCredentials, publicUrl } from "./public-url.ts";
import { branchesOf, type SettingSchema } from "./setting-schema.ts";

/** What is known of a value in a config file. */
export interface PlacedValue {
  /** Undefined, or without a word about the value: settings that a component passes on without knowing them. */
  readonly schema: SettingSchema | undefined;
  /** The names from the settings of the component down to the value. */
  readonly names: readonly string[];
  /** Whether the schema names the setting, instead of leaving its name to the user as in a map of headers. */
  readonly isNamed: boolean;
  /** What it holds of `${…}`: `env:TOKEN`. */
  readonly substituted: readonly string[];
}

const secretWords =
  "apikey|authorization|cookie|credential|dsn|key|pass|passphrase|passwd|password|pwd|secret|token";
const secretEnding = new RegExp(`(^|[^a-z])(${secretWords})s?$`);

/** `api_key`, `accessToken`, `X-Auth-Token`; not `key_id` and `key_file`, which say where a key is. */
function isSecretName(name: string): boolean {
  return secretEnding.test(name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase());
}

/** Where a user makes up the names, or nobody knows the settings, a hint is enough. */
const suspiciousName =
  /auth|cookie|credential|dsn|header|key|metadata|pass|pwd|secret|session|signature|token/i;

/** Nothing of the value, nor of what is in it, may be printed. */
export function isNeverPrinted({ schema, names, isNamed, substituted }: PlacedValue): boolean {
  if (schema && branchesOf(schema).some(({ writeOnly }) => writeOnly)) return true;
  if (substituted.some(comesFromSecret)) return true;
  if (isUnknown(schema) && substituted.length > 0) return true;
  return isNamed && !isUnknown(schema)
    ? takesAnyText(schema) && isSecretName(names.at(-1) ?? "")
    : names.some((name) => suspiciousName.test(name));
}

/** A text as it may be printed, where it is not one of those that never are. */
export function withoutCredentials(text: string, { schema }: PlacedValue): string {
  const url = URL.parse(text);
  if (!url || url.host === "") return text;
  const isAddress = schema !== undefined && branchesOf(schema).some(({ format }) => format === "uri");
  return isAddress || isUnknown(schema) || holdsCredentials(url) ? publicUrl(text) : text;
}

/** `env:AUTH0_CLIENT_SECRET`, `env:TOKEN:-x`, `file:signing.key`, `file:/run/secrets/anything`. */
function comesFromSecret(expression: string): boolean {
  const [, scheme, name = ""] = /^(env|file):(.*?)(?::-|$)/s.exec(expression) ?? [];
  if (scheme === "env") return isSecretName(name);
  return name
    .split(/[\\/]/)
    .some((segment) => isSecretName(segment) || isSecretName(segment.replace(/\.\w+$/, "")));
}

function isUnknown(schema: SettingSchema | undefined): boolean {
  return (
    !schema ||
    branchesOf(schema).every(
      ({ type, enum: values, const: value }) => !type && !values && value === undefined,
    )
  );
}

/** Numbers, truth values and choices tell nobody anything. */
function takesAnyText(schema: SettingSchema | undefined): boolean {
  return branchesOf(schema ?? {}).some(({ type, enum: values }) => type === "string" && !values);
}
