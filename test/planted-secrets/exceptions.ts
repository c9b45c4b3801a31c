/** Where a secret may be seen, and why. Everything else fails the run. */
export interface Exception {
  /** The test file, from the root of the workspace. Undefined: any. */
  readonly file?: string;
  /** What printed it, as `watch-outputs.ts` names it. */
  readonly source: RegExp;
  /** As `scanner.ts` names it. */
  readonly secret: string;
  readonly because: string;
}

const exceptions: readonly Exception[] = [
  {
    file: "test/planted-secrets.test.ts",
    source: /vitest\.mjs run .* leaking\.fixture\.ts$/,
    secret: "a planted secret",
    because: "One of its tests prints it, so that it is found.",
  },
];

export interface Place {
  readonly file: string;
  readonly source: string;
  readonly secret: string;
}

export function isExcepted(place: Place, among: readonly Exception[] = exceptions): boolean {
  return among.some(
    ({ file = place.file, source, secret }) =>
      file === place.file && source.test(place.source) && secret === place.secret,
  );
}
