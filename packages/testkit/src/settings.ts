import { type ComponentSettings, type PipelineEvent, silentLogger, systemClock } from "@loghook/pipeline";
import { memoryStorage } from "./memory-storage.ts";

/** Settings as the host gives them: silent, in memory, on the system's clock. `events` collects what was emitted. */
export function testSettings(
  overrides: Partial<ComponentSettings> = {},
): ComponentSettings & { readonly events: PipelineEvent[] } {
  const events: PipelineEvent[] = [];
  return {
    id: "test",
    logger: silentLogger,
    clock: systemClock,
    storage: memoryStorage().client("test"),
    emit: (event) => events.push(event),
    events,
    ...overrides,
  };
}
