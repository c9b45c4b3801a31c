/**
 * Something that goes wrong with the next matching requests. `latencyMs` goes with everything; of `hang`, `reset` and
 * an answer, the first that is set happens.
 */
export interface Fault {
  /** `token`: POST /oauth/token. `logs`: everything under /api/v2/logs. */
  readonly on: "token" | "logs";
  /** How many requests it hits. Default 1; `Infinity`: until `clearFaults()`. */
  readonly times?: number | undefined;
  /** Wait this long before anything else, in true time whatever the tenant's clock. Default 0. */
  readonly latencyMs?: number | undefined;
  /** Answer with this status, and unless `body` is set, with the body that Auth0 sends along with it. */
  readonly status?: number | undefined;
  /** Add these headers to the answer, in place of its own of the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Answer with this body in place of the true one. */
  readonly body?: string | undefined;
  /** Cut the connection without an answer. */
  readonly reset?: boolean | undefined;
  /** Send half of the body, then cut the connection. */
  readonly truncate?: boolean | undefined;
  /** Send half of the body, then nothing more. */
  readonly stall?: boolean | undefined;
  /** Never answer. */
  readonly hang?: boolean | undefined;
  /** Serve the true entries, but not as they belong. Only where a page is read by checkpoint. */
  readonly page?: PageDisorder | undefined;
}

/**
 * `reversed`: the last entry of the page comes first. `one_twice`: one entry in the middle stands there twice.
 * `last_again`: the page begins with the entry before it, which the former page ended with. Where a page has no room for
 * the repeat, its last entry is left to the next one.
 */
export type PageDisorder = "reversed" | "one_twice" | "last_again";
