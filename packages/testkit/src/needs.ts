import type { TestContext } from "vitest";
import type { Ability, AnyAct } from "./ability.ts";

/** Leaves the rest of the test out when there is no such ability. */
export function needs<Act extends AnyAct>(
  ability: Ability<Act> | undefined,
  { skip }: Pick<TestContext, "skip">,
): asserts ability is Act {
  if (typeof ability !== "function") skip(ability?.cannot ?? "the test does not say how this is done");
}
