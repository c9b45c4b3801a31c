import type { Note } from "./actions.ts";
import { canonical } from "./pseudonym.ts";
import type { Replacements } from "./sweep.ts";

/** What was taken out of one record, with what takes its place. */
export interface Taken {
  /** Takes notes for a rule. */
  noteFor(rule: number): Note;
  /**
   * Where several rules took out the same text, the lower one decides, and one that took it whole before one that took
   * it as a part of something longer.
   */
  replacements(): Replacements;
}

export function createTaken(): Taken {
  const notes = new Map<string, { readonly replacement: string; readonly rank: number }>();
  return {
    noteFor: (rule) => (text, replacement, extent) => {
      const rank = extent === "whole" ? rule : rule + afterAllRules;
      const key = canonical(text);
      const isBetter = rank < (notes.get(key)?.rank ?? Number.POSITIVE_INFINITY);
      // `*****` says nothing.
      if (isBetter && /[\p{L}\p{N}]/u.test(key)) notes.set(key, { replacement, rank });
      return replacement;
    },
    replacements() {
      const ranked = [...notes].sort(([, one], [, other]) => one.rank - other.rank);
      return new Map(ranked.map(([text, { replacement }]) => [text, replacement]));
    },
  };
}

const afterAllRules = 1_000_000;
