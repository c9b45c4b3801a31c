import { z } from "zod";
import type { ComponentFactory } from "../component.ts";

/** The groups of a config file that hold components, and the kinds that belong into each. */
export const sections = {
  receivers: ["receiver"],
  processors: ["processor"],
  exporters: ["exporter"],
  extensions: ["storage", "reporter"],
} as const satisfies Record<string, readonly ComponentFactory["kind"][]>;

export type Section = keyof typeof sections;
export const sectionNames = Object.keys(sections) as Section[];

/** Those that can stand in a section. */
export function factoriesOf<Factory extends Pick<ComponentFactory, "kind">>(
  section: Section,
  factories: readonly Factory[],
): Factory[] {
  return factories.filter(({ kind }) => (sections[section] as readonly string[]).includes(kind));
}

/** `webhook` and `webhook/backup` are both of the type `webhook`. */
export function typeOf(id: string): string {
  return id.split("/")[0] ?? "";
}

/** Names of pipelines. */
export const pipelineName = /^logs(\/[^/]+)?$/;

export const componentMap = z.record(z.string(), z.unknown());
const idList = z.array(z.string());

/** A config file without the settings of its components. */
export const fileSchema = z.strictObject({
  components: idList
    .default([])
    .describe(
      "Components of your own: paths of modules from the folder of this file (`./my-exporter.ts`), or packages.",
    ),
  receivers: componentMap.describe("Where records come from, each named by its type, or by type/name."),
  processors: componentMap
    .default({})
    .describe("What is kept of the records, and in what form. Each named by its type, or by type/name."),
  exporters: componentMap.describe("Where records go, each named by its type, or by type/name."),
  extensions: componentMap.describe("The storage for checkpoints, and who reports. Each named by its type."),
  service: z
    .strictObject({
      extensions: idList.describe("The extensions to use, by their names: exactly one storage among them."),
      pipelines: z
        .record(
          z.string(),
          z.strictObject({
            receivers: idList.describe("Names of `receivers`."),
            processors: idList
              .default([])
              .describe("Names of `processors`, in the order in which records pass them."),
            exporters: idList.describe("Names of `exporters`. Each has a checkpoint of its own."),
          }),
        )
        .describe("What is connected with what. Each is named `logs`, or `logs/` and a name."),
    })
    .describe("Which of the components are used, and how."),
});

export type FileShape = z.infer<typeof fileSchema>;
