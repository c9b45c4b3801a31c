import { type ComponentSettings, type PipelineEvent, standaloneSettings } from "@loghook/pipeline";

/** Settings as the host gives them: silent, in memory, on the system's clock. `events` collects what was emitted. */
export function testSettings(
  overrides: Partial<ComponentSettings> = {},
): ComponentSettings & { readonly events: PipelineEvent[] } {
  const events: PipelineEvent[] = [];
  return {
    ...standaloneSettings({ id: "test", emit: (event) => events.push(event), ...overrides }),
    events,
  };
}
