import type { SettingSchema } from "@loghook/pipeline";

/** A setting as a table shows it. */
export interface SettingRow {
  /** `tls.ca_file`; `rules[].path` for what stands in each item of a list. */
  readonly name: string;
  /** As it is written in a config file; `required`, or nothing. */
  readonly default: string;
  /** As the schema describes it. */
  readonly meaning: string;
}

/** The settings of a component, group by group, in the order of the schema. */
export function settingRows(schema: SettingSchema, prefix = ""): SettingRow[] {
  return groupsOf(schema).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([key, setting]) =>
      rowsOf(`${prefix}${key}`, setting, required.includes(key) && setting.default === undefined),
    ),
  );
}

function rowsOf(name: string, setting: SettingSchema, isRequired: boolean): SettingRow[] {
  const inner = settingRows(setting, `${name}.`);
  const isGroup = inner.length > 0;
  const items = itemsOf(setting).flatMap((item) => settingRows(item, `${name}[].`));
  const own = { name, default: defaultText(setting, isRequired), meaning: setting.description ?? "" };
  // A group is described by its settings; a list stands for itself, too.
  return unique(isGroup ? inner : [own, ...items]);
}

/** The schema itself, and the kinds of groups that it is one of. */
function groupsOf(schema: SettingSchema): SettingSchema[] {
  return [
    schema,
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((some) => some ?? []).flatMap(groupsOf),
  ];
}

function itemsOf(schema: SettingSchema): SettingSchema[] {
  return groupsOf(schema).flatMap(({ items = [] }) => items);
}

/** Several kinds of groups may have a setting in common. */
function unique(rows: readonly SettingRow[]): SettingRow[] {
  return rows.filter(({ name }, index) => rows.findIndex((row) => row.name === name) === index);
}

function defaultText({ default: value }: SettingSchema, isRequired: boolean): string {
  if (value === undefined) return isRequired ? "required" : "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
