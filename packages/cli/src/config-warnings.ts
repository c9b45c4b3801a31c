import { type LoghookConfig, suggestion } from "@loghook/pipeline";
import { createTypeMatcher } from "@loghook/processor-filter";
import { eventTypes } from "@loghook/receiver-auth0";

/**
 * What is valid, and probably not meant: event types that the catalogue does not know. They are kept if the tenant ever
 * sends them, since Auth0 adds types before any catalogue has them; but a misspelt one would keep nothing.
 */
export function configWarnings({ pipelines }: LoghookConfig): string[] {
  const processors = new Map(
    pipelines.flatMap((pipeline) => pipeline.processors.map((each) => [each.id, each])),
  );
  return [...processors.values()]
    .filter(({ factory }) => factory.type === "filter")
    .flatMap(({ id, config }) => {
      const { types, excludeTypes } = config as { types: readonly string[]; excludeTypes: readonly string[] };
      return [
        ...types.flatMap((name) => unknownType(`processors.${id}.types`, name)),
        ...excludeTypes.flatMap((name) => unknownType(`processors.${id}.exclude_types`, name)),
      ];
    });
}

function unknownType(setting: string, name: string): string[] {
  const isKnown = createTypeMatcher([name]);
  if (
    [...eventTypes.values()].some(({ code, category }) =>
      isKnown({ type: code, category: category ?? undefined }),
    )
  ) {
    return [];
  }
  const categories = [...eventTypes.values()].flatMap(({ category }) =>
    category ? `category:${category}` : [],
  );
  const meant = suggestion(name, [...eventTypes.keys(), ...categories]);
  return [
    `${setting} names ${name}, which no event type of the catalogue has; ${meant ?? "`loghook types` shows them"}`,
  ];
}
