import { isIP } from "node:net";

export interface Certificate {
  readonly key: string;
  /** PEM; signs itself, so it is also what to trust. */
  readonly cert: string;
}

/** A certificate for these names and addresses, valid for a year. */
export async function makeCertificate(names: readonly string[]): Promise<Certificate> {
  // Node can read certificates but not make them. Loaded here because only HTTPS needs it, and it brings much along.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: names[0] }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [...new Set(names)].map((name) =>
          isIP(name) ? { type: 7, ip: name } : { type: 2, value: name },
        ),
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
