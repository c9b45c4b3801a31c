import type { ComponentSettings } from "@loghook/pipeline";
import { z } from "zod";

/** What was said of each lane's gaps, so that a lane that fails or a process that starts again does not say it again. */
export interface GapMemory {
  /** What is known of a lane, also from former processes. */
  open(lane: string): Promise<LaneGapMemory>;
}

export interface LaneGapMemory {
  /** The checkpoint behind which entries are gone. */
  lostBehind: string | undefined;
  /** How many of the shares of the retention were reached that are warned about. */
  lagLevel: number;
}

const storedValue = z.object({ lost_behind: z.string().optional(), level: z.int() });

const keyOf = (lane: string): string => `gap/${lane}`;

export function createGapMemory({
  storage,
  logger,
}: Pick<ComponentSettings, "storage" | "logger">): GapMemory {
  const lanes = new Map<string, LaneGapMemory>();

  /** What cannot be read was never said, and what cannot be kept is said again. */
  async function load(lane: string): Promise<z.infer<typeof storedValue> | undefined> {
    try {
      return storedValue.parse(JSON.parse((await storage.get(keyOf(lane))) ?? ""));
    } catch {
      return undefined;
    }
  }

  function keeping(lane: string, known: z.infer<typeof storedValue> | undefined): LaneGapMemory {
    let { lost_behind: lostBehind, level: lagLevel } = known ?? { level: 0 };
    let lastWrite: Promise<void> = Promise.resolve();

    function keep(): void {
      const text = JSON.stringify({ lost_behind: lostBehind, level: lagLevel });
      lastWrite = lastWrite
        .then(() => storage.set(keyOf(lane), text))
        .catch(({ message }: Error) => logger.debug({ lane, reason: message }, "A warning may come again."));
    }

    return {
      get lostBehind() {
        return lostBehind;
      },
      set lostBehind(logId) {
        if (logId === lostBehind) return;
        lostBehind = logId;
        keep();
      },
      get lagLevel() {
        return lagLevel;
      },
      set lagLevel(level) {
        if (level === lagLevel) return;
        lagLevel = level;
        keep();
      },
    };
  }

  return {
    async open(lane) {
      const memory = lanes.get(lane) ?? keeping(lane, await load(lane));
      lanes.set(lane, memory);
      return memory;
    },
  };
}
