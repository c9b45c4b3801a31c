import type { ComponentFactory } from "../component.ts";
import { factoriesOf, fileSchema, pipelineName, type Section, sectionNames } from "./config-frame.ts";
import { type SettingSchema, settingSchema } from "./setting-schema.ts";
import { somewhere, withSubstitutions } from "./substitution-schema.ts";

/**
 * The JSON Schema of a config file that can name these components, for editors and other tools. In draft-07, which
 * every version of yaml-language-server knows (https://github.com/redhat-developer/yaml-language-server#readme).
 *
 * It allows what `loadConfig` allows, and refuses less: names that lead nowhere, variables that are not set, files that
 * are missing, and rules about several settings together have no words in it.
 */
export function configJsonSchema(factories: readonly ComponentFactory[]): object {
  const { properties: frame = {}, ...file } = withSubstitutions(settingSchema(fileSchema));
  const typesOf = (section: Section): string[] => factoriesOf(section, factories).map(({ type }) => type);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "loghook config",
    description: "What loghook reads, keeps and delivers.",
    ...file,
    properties: {
      ...frame,
      ...bySection((section) => ({ ...frame[section], ...componentsOf(section, typesOf(section)) })),
      service: serviceSchema(frame.service ?? {}, typesOf),
    },
    // With components of its own a file may name types that nobody knows here.
    if: { required: ["components"], properties: { components: { minItems: 1 } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {},
    else: { properties: knownTypesOnly(typesOf) },
    definitions: {
      pipeline: pipelineSchema(frame.service ?? {}, typesOf),
      ...Object.fromEntries(factories.map((factory) => [definitionOf(factory), componentSchema(factory)])),
    },
  };
}

type TypesOf = (section: Section) => readonly string[];

function definitionOf(factory: ComponentFactory): string {
  const section = sectionNames.find((name) => factoriesOf(name, [factory]).length > 0);
  return `${section}.${factory.type}`;
}

function componentSchema({ config, description }: ComponentFactory): SettingSchema {
  const settings = withSubstitutions(settingSchema(config));
  // A component without a single setting is written `webhook:`, which YAML reads as null.
  const mayBeEmpty = settings.type === "object" && !settings.required?.length;
  return {
    ...(description !== undefined && { description }),
    ...settings,
    ...(mayBeEmpty && { type: ["object", "null"] }),
  };
}

const anyName = "^[^/]+(/[^/]+)?$";
const namesOf = (types: readonly string[]): string => `^(${types.join("|")})(/[^/]+)?$`;

/** `webhook` by its name, so that editors propose it, and `webhook/name` by a pattern. */
function componentsOf(section: Section, types: readonly string[]): SettingSchema {
  const reference = (type: string) => ({ $ref: `#/definitions/${section}.${type}` });
  return {
    properties: Object.fromEntries(types.map((type) => [type, reference(type)])),
    patternProperties: {
      [anyName]: { type: ["object", "null"] },
      ...Object.fromEntries(types.map((type) => [`^${type}/[^/]+$`, reference(type)])),
    },
    additionalProperties: false,
  };
}

function bySection(schemaOf: (section: Section) => SettingSchema): Record<string, SettingSchema> {
  return Object.fromEntries(sectionNames.map((section) => [section, schemaOf(section)]));
}

function serviceSchema(service: SettingSchema, typesOf: TypesOf): SettingSchema {
  const { extensions = {}, pipelines = {} } = service.properties ?? {};
  const { additionalProperties, ...described } = pipelines;
  const pipeline = { $ref: "#/definitions/pipeline" };
  return {
    ...service,
    properties: {
      extensions: { ...nameList(extensions, typesOf("extensions")), minItems: 1 },
      pipelines: {
        ...described,
        minProperties: 1,
        properties: { logs: pipeline },
        patternProperties: { [pipelineName.source]: pipeline },
        additionalProperties: false,
      },
    },
  };
}

function pipelineSchema({ properties }: SettingSchema, typesOf: TypesOf): SettingSchema {
  const pipeline = properties?.pipelines?.additionalProperties as SettingSchema;
  const { receivers = {}, processors = {}, exporters = {} } = pipeline.properties ?? {};
  return {
    ...pipeline,
    properties: {
      receivers: { ...nameList(receivers, typesOf("receivers")), minItems: 1 },
      processors: nameList(processors, typesOf("processors")),
      exporters: { ...nameList(exporters, typesOf("exporters")), minItems: 1 },
    },
  };
}

/** Editors propose the examples. */
function nameList(list: SettingSchema, types: readonly string[]): SettingSchema {
  return { ...list, items: { ...list.items, examples: types }, uniqueItems: true };
}

/** What a file without `components` must also honour: every name begins with a known type. */
function knownTypesOnly(typesOf: TypesOf): Record<string, SettingSchema> {
  const listOf = (section: Section): SettingSchema => ({
    items: {
      pattern: `${namesOf(typesOf(section))}|${somewhere}`,
      patternErrorMessage: `Write the name of one of the ${section}.`,
    },
  });
  const pipelines = {
    additionalProperties: {
      properties: {
        receivers: listOf("receivers"),
        processors: listOf("processors"),
        exporters: listOf("exporters"),
      },
    },
  };
  return {
    ...bySection((section) => ({
      patternProperties: { [namesOf(typesOf(section))]: {} },
      additionalProperties: false,
    })),
    service: { properties: { extensions: listOf("extensions"), pipelines } },
  };
}
