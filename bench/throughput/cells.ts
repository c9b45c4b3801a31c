/** One row of the comparison: what is between the program and the two sides, and how it delivers. */
export interface Cell {
  readonly number: number;
  readonly tenantMs: number;
  readonly webhookMs: number;
  readonly sendAsBatch: boolean;
  readonly concurrency: number;
  readonly entries: number;
  /** What loghook's entries per second are to be at least, as multiples. */
  readonly atLeast: { readonly ofBare: number; readonly ofOriginal?: number };
}

/** As many entries as each program needs some seconds for. */
export const cells: readonly Cell[] = [
  {
    number: 1,
    tenantMs: 0,
    webhookMs: 0,
    sendAsBatch: true,
    concurrency: 5,
    entries: 120_000,
    atLeast: { ofBare: 0.8, ofOriginal: 3 },
  },
  {
    number: 2,
    tenantMs: 0,
    webhookMs: 0,
    sendAsBatch: false,
    concurrency: 5,
    entries: 40_000,
    atLeast: { ofBare: 0.8, ofOriginal: 4 },
  },
  {
    number: 3,
    tenantMs: 50,
    webhookMs: 20,
    sendAsBatch: true,
    concurrency: 5,
    entries: 10_000,
    atLeast: { ofBare: 0.97 },
  },
  {
    number: 4,
    tenantMs: 50,
    webhookMs: 20,
    sendAsBatch: false,
    concurrency: 5,
    entries: 1_500,
    atLeast: { ofBare: 0.97 },
  },
  {
    number: 5,
    tenantMs: 50,
    webhookMs: 20,
    sendAsBatch: false,
    concurrency: 50,
    entries: 10_000,
    atLeast: { ofBare: 0.97 },
  },
];
