/** Chance that can be repeated. Not for secrets. */
export interface Random {
  /** 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number, 0 up to, not including, `below`. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** Text of `length` characters of the alphabet. */
  text(length: number, alphabet: string): string;
}

export const hexDigits = "0123456789abcdef";
export const digits = "0123456789";
export const lettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The same seed and stream give the same sequence; streams of one seed have nothing in common. So the nth entry can be
 * made again without the ones before it.
 */
export function seededRandom(seed: number, stream: number): Random {
  let state = scramble(seed) ^ scramble(stream + 0x5bd1);
  const fraction = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return (scramble(state) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError("Nothing to pick from.");
      return item;
    },
    text: (length, alphabet) => {
      let text = "";
      while (text.length < length) text += alphabet[below(alphabet.length)];
      return text;
    },
  };
}

/** Spreads a change of one bit over all 32: the finaliser of MurmurHash3 (https://github.com/aappleby/smhasher). */
function scramble(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
