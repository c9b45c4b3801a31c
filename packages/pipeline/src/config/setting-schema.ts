import { z } from "zod";

/** The parts of a JSON Schema (draft-07, as zod writes it) that say what a setting is. */
export interface SettingSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, SettingSchema>>;
  readonly additionalProperties?: boolean | SettingSchema;
  /** A list of schemas: one for each place of a tuple. */
  readonly items?: SettingSchema | readonly SettingSchema[];
  readonly anyOf?: readonly SettingSchema[];
  readonly oneOf?: readonly SettingSchema[];
  readonly allOf?: readonly SettingSchema[];
  readonly $ref?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** `uri`: an address, printed without what may be a credential in it. `file`: a file whose contents count, too. */
  readonly format?: string;
  /** Never printed. */
  readonly writeOnly?: boolean;
  readonly [keyword: string]: unknown;
}

/**
 * What a user may write, as a zod schema says it. Checks and transforms have no words in a JSON Schema: they are left
 * out. Empty, which allows everything, when the schema is not one of zod 4.
 */
export function settingSchema(schema: z.ZodType): SettingSchema {
  try {
    const {
      $schema,
      "~standard": _,
      ...found
    } = z.toJSONSchema(schema, {
      io: "input",
      target: "draft-07",
      unrepresentable: "any",
    });
    return found as SettingSchema;
  } catch {
    // A component from elsewhere may have brought any schema that can `safeParse`.
    return {};
  }
}

/** The schemas that may speak for a value: the schema itself, and the branches of its unions. */
export function branchesOf(schema: SettingSchema): SettingSchema[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...branches.flatMap(branchesOf)];
}

/** The schema of a setting in a group, or of an item in a list. Undefined: the schema says nothing about it. */
export function schemaWithin(schema: SettingSchema, key: string | number): SettingSchema | undefined {
  const found = branchesOf(schema)
    .map((branch) => (typeof key === "number" ? itemSchema(branch, key) : propertySchema(branch, key)))
    .filter((inner) => inner !== undefined);
  return found.length > 1 ? { anyOf: found } : found[0];
}

function itemSchema({ items = [] }: SettingSchema, index: number): SettingSchema | undefined {
  return isTuple(items) ? items[index] : items;
}

export function isTuple(items: SettingSchema | readonly SettingSchema[]): items is readonly SettingSchema[] {
  return Array.isArray(items);
}

function propertySchema(schema: SettingSchema, key: string): SettingSchema | undefined {
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** The settings that a schema names, in their order. */
export function namedSettings(schema: SettingSchema): string[] {
  return [...new Set(branchesOf(schema).flatMap(({ properties = {} }) => Object.keys(properties)))];
}
