import type { LoghookConfig } from "@loghook/pipeline";

/** "logs: auth0 → filter → webhook", a line for each pipeline. */
export function describePipelines({ pipelines }: LoghookConfig): string[] {
  const names = (components: readonly { id: string }[]): string => components.map(({ id }) => id).join(", ");
  return pipelines.map(({ name, receivers, processors, exporters }) => {
    const stages = [names(receivers), ...processors.map(({ id }) => id), names(exporters)];
    return `${name}: ${stages.join(" → ")}`;
  });
}
