import { isTuple, type SettingSchema } from "./setting-schema.ts";

/** `${env:NAME}`, `${env:NAME:-default}` or `${file:path}`, somewhere in a text. */
export const somewhere = "\\$\\{(env|file):[^}]+\\}|\\$\\$";
const whole = "^\\$\\{(env|file):[^}]+\\}$";
/** A `${…}` of another kind is refused. */
const noOther = "^(?![\\s\\S]*(?<!\\$)\\$\\{(?!(env|file):)[^}]*\\})";
const hint = "Write ${env:NAME}, ${env:NAME:-default} or ${file:path}, or $$ for a dollar sign.";

/**
 * The schema of what may stand in a file, made from that of the settings: numbers, truth values and choices may come
 * from `${…}`, and what is not required may be an empty text, which means that it is not set. See config-document.ts.
 */
export function withSubstitutions(schema: SettingSchema, isRequired = true): SettingSchema {
  // zod writes a reference for a schema within itself only. It would point to elsewhere in the schema of the whole file.
  if (schema.$ref !== undefined) return {};
  if (schema.enum !== undefined || schema.const !== undefined) return choice(schema, isRequired);
  const merged = withAlternatives(schema, isRequired);
  switch (merged.type) {
    case "object":
      return group(merged);
    case "array":
      return list(merged);
    case "string":
      return text(merged, isRequired);
    case "number":
    case "integer":
    case "boolean":
      return {
        ...merged,
        type: [merged.type, "string"],
        pattern: orEmpty(whole, isRequired),
        patternErrorMessage:
          "Write it without quotes, or ${env:NAME}, ${env:NAME:-default} or ${file:path} alone.",
      };
    default:
      return merged;
  }
}

const orEmpty = (pattern: string, isRequired: boolean): string => (isRequired ? pattern : `${pattern}|^$`);

function group(schema: SettingSchema): SettingSchema {
  // Every name is a text: editors would take the word for a name to propose.
  const { properties, required = [], additionalProperties, propertyNames, ...rest } = schema;
  return {
    ...rest,
    ...(propertyNames !== undefined && !isAnyText(propertyNames) && { propertyNames }),
    ...(additionalProperties !== undefined && { additionalProperties }),
    ...(schema.required && { required }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, setting]) => [
          key,
          withSubstitutions(setting, required.includes(key)),
        ]),
      ),
    }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: withSubstitutions(additionalProperties, false),
    }),
  };
}

const isAnyText = (schema: unknown): boolean => JSON.stringify(schema) === '{"type":"string"}';

function list(schema: SettingSchema): SettingSchema {
  const { items } = schema;
  if (items === undefined) return schema;
  if (isTuple(items)) return { ...schema, items: items.map((item) => withSubstitutions(item)) };
  // Items that are empty are left out.
  return { ...schema, items: withSubstitutions(items, false) };
}

/** `oneOf` would refuse what several branches allow: any of two settings may be given, and come out empty. */
function withAlternatives({ anyOf, oneOf, ...rest }: SettingSchema, isRequired: boolean): SettingSchema {
  const branches = anyOf ?? oneOf;
  if (!branches) return rest;
  return { ...rest, anyOf: branches.map((branch) => withSubstitutions(branch, isRequired)) };
}

function choice(
  { enum: values, const: value, type, ...rest }: SettingSchema,
  isRequired: boolean,
): SettingSchema {
  const { description, default: fallback, ...others } = rest;
  const choices = { ...(type !== undefined && { type }), enum: values ?? [value], ...others };
  const substituted = { type: "string", pattern: orEmpty(somewhere, isRequired) };
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [choices, substituted],
  };
}

/** `format` goes: no `${…}` is an address. */
function text({ format, minLength, ...schema }: SettingSchema, isRequired: boolean): SettingSchema {
  if (schema.maxLength !== undefined || (minLength ?? 0) > 1)
    return longText({ ...schema, minLength: minLength ?? 0 }, isRequired);
  if (schema.pattern === undefined) {
    const filled = isRequired ? { minLength: 1 } : {};
    return { ...schema, ...filled, pattern: noOther, patternErrorMessage: hint };
  }
  return { ...schema, pattern: orEmpty(`${schema.pattern}|${somewhere}`, isRequired) };
}

function longText(
  { description, default: fallback, ...schema }: SettingSchema,
  isRequired: boolean,
): SettingSchema {
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [schema, { type: "string", pattern: orEmpty(somewhere, isRequired) }],
  };
}
