import type { ComponentFactory } from "../component.ts";
import type { ConfigDocument } from "./config-document.ts";
import { componentMap, factoriesOf, sectionNames, typeOf } from "./config-frame.ts";

/** A component whose code is loaded when a config file names it, and not before. */
export interface LazyFactory extends Pick<ComponentFactory, "kind" | "type"> {
  /** Resolves with the factory itself, of the same kind and type. */
  load(): Promise<ComponentFactory>;
}

export async function loadEvery(
  factories: readonly (ComponentFactory | LazyFactory)[],
): Promise<readonly ComponentFactory[]> {
  return await Promise.all(factories.map(async (one) => ("load" in one ? await one.load() : one)));
}

/**
 * Loads those that the file names. All of them where it names one that there is not, whose problem is told with what
 * there is; and where it brings components of its own, which may be the same.
 */
export async function loadNamed(
  factories: readonly (ComponentFactory | LazyFactory)[],
  { value }: Pick<ConfigDocument, "value">,
): Promise<readonly ComponentFactory[]> {
  const file = componentMap.safeParse(value).data ?? {};
  const named = sectionNames.flatMap((section) => {
    const types = Object.keys(componentMap.safeParse(file[section]).data ?? {}).map(typeOf);
    return types.map((type) => factoriesOf(section, factories).find((one) => one.type === type));
  });
  if (named.includes(undefined) || file.components !== undefined) return await loadEvery(factories);
  return await loadEvery(factories.filter((one) => !("load" in one) || named.includes(one)));
}
