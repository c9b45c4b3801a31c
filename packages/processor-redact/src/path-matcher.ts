import type { Path } from "./path.ts";

/** A knot of the tree that all paths are put into, so that they are followed together. */
interface Knot {
  readonly keys: Map<string, Knot>;
  any: Knot | undefined;
  /** Behind `**`. */
  deep: Knot | undefined;
  readonly isDeep: boolean;
  /** The first rule with a path that ends here. */
  rule: number;
  /** The first rule with a path that ends here with `**`, which names texts and numbers, not what holds them. */
  leafRule: number;
}

/** How far the paths have come at one place in an entry. */
export type Places = ReadonlySet<Knot>;

export interface PathMatcher {
  /** The entry itself. */
  readonly root: Places;
  /** One key or index further. */
  step(places: Places, key: string): Places;
  /**
   * The number of the first rule that names this place, if it is below `limit`; else `limit`.
   *
   * @param kind what stands there: an object or a list, or a single value
   */
  firstRule(places: Places, kind: "container" | "leaf", limit: number): number;
}

/** Compiles the paths of all rules; a rule's number is its place in the list. Keys are compared to the letter. */
export function createPathMatcher(rules: readonly (readonly Path[])[]): PathMatcher {
  const start = createKnot();
  for (const [index, paths] of rules.entries()) {
    for (const path of paths) insert(start, path, index);
  }
  return {
    root: enter(new Set(), start),
    step(places, key) {
      const next = new Set<Knot>();
      for (const knot of places) {
        enter(next, knot.keys.get(key));
        enter(next, knot.any);
        if (knot.isDeep) next.add(knot);
      }
      return next;
    },
    firstRule(places, kind, limit) {
      let first = limit;
      for (const { rule, leafRule } of places) {
        first = Math.min(first, kind === "leaf" ? Math.min(rule, leafRule) : rule);
      }
      return first;
    },
  };
}

const noRule = Number.POSITIVE_INFINITY;

function createKnot(isDeep = false): Knot {
  return { keys: new Map(), any: undefined, deep: undefined, isDeep, rule: noRule, leafRule: noRule };
}

function insert(start: Knot, path: Path, rule: number): void {
  let knot = start;
  for (const part of path) knot = child(knot, part);
  if (path.at(-1) === "**") knot.leafRule = Math.min(knot.leafRule, rule);
  else knot.rule = Math.min(knot.rule, rule);
}

function child(knot: Knot, part: Path[number]): Knot {
  if (part === "*") {
    knot.any ??= createKnot();
    return knot.any;
  }
  if (part === "**") {
    knot.deep ??= createKnot(true);
    return knot.deep;
  }
  const known = knot.keys.get(part.key) ?? createKnot();
  knot.keys.set(part.key, known);
  return known;
}

/** Who comes to a knot is also behind the `**` that follows it, which may stand for nothing. */
function enter(places: Set<Knot>, knot: Knot | undefined): Places {
  if (knot) places.add(knot);
  if (knot?.deep) places.add(knot.deep);
  return places;
}
