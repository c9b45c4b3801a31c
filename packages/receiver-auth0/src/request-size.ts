/** How many entries to ask for at once, so that answers do not become too large. */
export interface RequestSize {
  /** The most that may be asked for now. */
  readonly limit: number;
  /** An answer with up to this many entries was too large. From now on half as many, one at least. */
  tooLarge(size: number): void;
  /** An answer with up to this many entries came whole. After some of them, twice as many may be tried again. */
  fitted(size: number): void;
}

/** Large entries seldom come alone, and each try that fails has read 64 MB for nothing. */
const defaultAnswersBeforeGrowth = 20;

export function createRequestSize(
  largest: number,
  answersBeforeGrowth: number = defaultAnswersBeforeGrowth,
): RequestSize {
  let limit = largest;
  let answers = 0;
  return {
    get limit() {
      return limit;
    },
    tooLarge(size) {
      // Lanes may ask at the same time: what one has learnt already is not learnt again.
      limit = Math.min(limit, Math.max(Math.floor(size / 2), 1));
      answers = 0;
    },
    fitted(size) {
      if (limit === largest || size < limit) return;
      answers++;
      if (answers < answersBeforeGrowth) return;
      limit = Math.min(limit * 2, largest);
      answers = 0;
    },
  };
}
