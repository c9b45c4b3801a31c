import { z } from "zod";

/** Paths of PEM files. */
export interface TlsFiles {
  /** Who may have signed the other side's certificate, instead of the authorities that Node.js knows. */
  readonly caFile?: string | undefined;
  /** The certificate to show to the other side. Only together with `keyFile`. */
  readonly certFile?: string | undefined;
  /** The private key of `certFile`. */
  readonly keyFile?: string | undefined;
}

/** `format: "file"`: what is in the file belongs to the settings, so that a reload heeds a renewed certificate. */
function filePath() {
  return z
    .string({ error: "must be the path of a file" })
    .min(1, { error: "must not be empty" })
    .meta({ format: "file" });
}

/** The settings of a `tls` group as a user writes them, to pick from. All of them together: `tlsFiles`. */
export const tlsSettings = z.strictObject({
  ca_file: filePath()
    .optional()
    .describe(
      "PEM file with the certificates of the authorities to trust, instead of those that Node.js knows.",
    ),
  cert_file: filePath()
    .optional()
    .describe("PEM file with the certificate to show to the other side (mTLS). Together with `key_file`."),
  key_file: filePath()
    .optional()
    .describe("PEM file with the private key of `cert_file`, without a passphrase."),
});

/** A whole `tls` group. Parsed to `TlsFiles`. */
export const tlsFiles = tlsSettings
  .refine((tls) => (tls.cert_file === undefined) === (tls.key_file === undefined), {
    error: "must have cert_file and key_file together",
  })
  .transform((tls): TlsFiles => ({ caFile: tls.ca_file, certFile: tls.cert_file, keyFile: tls.key_file }));
