import { createPrivateKey } from "node:crypto";
import { neverPrinted, Secret } from "@loghook/pipeline";
import { z } from "zod";

/** How the assertion of a `private_key` is signed: those that Auth0 takes. */
export type SigningAlgorithm = "RS256" | "RS384" | "PS256";

/** How the tenant knows that it is us. */
export type Credentials =
  | { readonly kind: "client_secret"; readonly clientId: string; readonly clientSecret: Secret }
  | {
      readonly kind: "private_key";
      readonly clientId: string;
      readonly privateKey: Secret;
      readonly keyId: string | undefined;
      readonly algorithm: SigningAlgorithm;
    }
  | { readonly kind: "token"; readonly token: Secret };

// Messages about secrets never show what was found.
const hiddenText = () => z.string({ error: "must be a text" });

/** Files and environments like to end in a line break; no secret of Auth0 does. */
const trimmedSecret = hiddenText()
  .trim()
  .min(1, { error: "must not be empty" })
  .meta(neverPrinted)
  .transform((text) => new Secret(text));

const token = hiddenText()
  .trim()
  .regex(/^[\x21-\x7e]+$/, { error: "must be one access token, without spaces or line breaks in it" })
  // Around it they may be: they are trimmed.
  .meta({ ...neverPrinted, pattern: "^\\s*[\\x21-\\x7e]+\\s*$" })
  .transform((text) => new Secret(text));

const privateKey = hiddenText()
  .meta(neverPrinted)
  // A PEM in an environment variable often has its line breaks written out.
  .transform((text) => text.replaceAll("\\n", "\n"))
  .refine(isRsaPrivateKey, {
    error: 'must be an RSA private key in PEM form, beginning with "-----BEGIN", and not encrypted',
  })
  .transform((text) => new Secret(text));

function isRsaPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

const defaultSigningAlgorithm = "RS256";

/** The settings that say who reads. */
export const credentialSettings = {
  client_id: z.string().trim().min(1).optional().describe("The machine-to-machine application to read as."),
  client_secret: trimmedSecret.optional().describe("Its secret."),
  private_key: privateKey.optional().describe("Its private key (RSA, PEM), in place of a secret."),
  key_id: z.string().min(1).optional().describe("The `kid` of the private key, where Auth0 holds several."),
  signing_algorithm: z
    .enum(["RS256", "RS384", "PS256"])
    .optional()
    .describe("How the private key signs: `RS256`, `RS384` or `PS256`. Default: `RS256`."),
  token: token
    .optional()
    .describe("A ready-made access token, in place of an application. It cannot be renewed."),
};

type CredentialSettings = {
  readonly [Key in keyof typeof credentialSettings]?: z.output<(typeof credentialSettings)[Key]>;
};

interface Fault {
  readonly path: string[];
  readonly message: string;
}

/** The settings that go together. */
export const credentialKinds: readonly (readonly (keyof CredentialSettings)[])[] = [
  ["client_id", "client_secret"],
  ["client_id", "private_key"],
  ["token"],
];

const kinds = "client_id with client_secret, client_id with private_key, or token";

/** Exactly one kind of credentials, and nothing that belongs to another. */
export function credentialFaults(given: CredentialSettings): Fault[] {
  const { client_id, client_secret, private_key, token } = given;
  const faults: Fault[] = [];
  const fault = (key: keyof CredentialSettings, message: string): unknown =>
    faults.push({ path: [key], message });

  if (!client_id && !client_secret && !private_key && !token) {
    faults.push({ path: [], message: `needs one kind of credentials: ${kinds}` });
  } else if (token) {
    if (client_id || client_secret || private_key) fault("token", `must stand alone; give one of ${kinds}`);
  } else {
    if (!client_id) fault("client_id", "is required beside client_secret or private_key");
    if (!client_secret && !private_key) fault("client_secret", "or private_key is required beside client_id");
    if (client_secret && private_key) fault("private_key", "cannot stand beside client_secret; keep one");
  }
  for (const key of ["key_id", "signing_algorithm"] as const) {
    if (given[key] && !private_key) fault(key, "belongs to private_key, which is not set");
  }
  return faults;
}

export function toCredentials(given: CredentialSettings): Credentials {
  const { client_id: clientId = "", client_secret: clientSecret, private_key: privateKey, token } = given;
  if (token) return { kind: "token", token };
  if (clientSecret) return { kind: "client_secret", clientId, clientSecret };
  return {
    kind: "private_key",
    clientId,
    // One of the three is there: superRefine has seen to it, and a transform is not reached after a fault.
    privateKey: privateKey as Secret,
    keyId: given.key_id,
    algorithm: given.signing_algorithm ?? defaultSigningAlgorithm,
  };
}
