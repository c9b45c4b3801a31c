import leven from "leven";

/** "did you mean filter?", where one of the names is close to what was written. */
export function suggestion(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((candidate) => ({ candidate, distance: leven(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 2.5)))
    .sort((a, b) => a.distance - b.distance);
  return best && `did you mean ${best.candidate}?`;
}
