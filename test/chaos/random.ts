/** Chance that a seed repeats. Not for secrets. */
export interface Random {
  /** A whole number, from `least` to `most`, both possible. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** The items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** @param stream streams of one seed have nothing in common */
export function seededRandom(seed: number, stream = 0): Random {
  let state = scramble(seed) ^ scramble(stream + 0x2545f);
  const fraction = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return (scramble(state) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number =>
    least + Math.floor(fraction() * (most - least + 1));
  return {
    between,
    chance: (probability) => fraction() < probability,
    pick: (items) => items[between(0, items.length - 1)] as (typeof items)[number],
    shuffled(items) {
      const left = [...items];
      return items.map(() => left.splice(between(0, left.length - 1), 1)[0] as (typeof items)[number]);
    },
  };
}

/** Spreads a change of one bit over all 32. */
function scramble(value: number): number {
  let bits = (value ^ 0x3c6ef372) | 0;
  for (const [shift, factor] of [
    [16, 0x21f0aaad],
    [15, 0x735a2d97],
  ] as const) {
    bits = Math.imul(bits ^ (bits >>> shift), factor);
  }
  return bits ^ (bits >>> 15);
}
