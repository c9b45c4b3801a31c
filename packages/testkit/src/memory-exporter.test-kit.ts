import { type Exporter, RecordsRejectedError, RetryableError } from "@loghook/pipeline";
import type { DestinationUnderTest } from "./destination-under-test.ts";
import type { MemoryExporter } from "./memory-exporter.ts";

/**
 * The memory of an exporter as a destination.
 *
 * @param exporter sends there in the end; default: the one whose memory it is
 */
export function memoryDestination(memory: MemoryExporter, exporter: Exporter = memory): DestinationUnderTest {
  const fail = (): void => {
    memory.behaviour = () => Promise.reject(new RetryableError("Out of order."));
  };
  return {
    createExporter: () => exporter,
    arrived: () => memory.taken.map(String),
    take() {
      memory.behaviour = () => {};
    },
    fail,
    failAfterOne() {
      // Takes the first, and is another from then on.
      memory.behaviour = fail;
    },
    reject() {
      memory.behaviour = (records) => Promise.reject(new RecordsRejectedError("No.", { records }));
    },
    hang(reached) {
      memory.behaviour = () => new Promise(reached);
    },
    async [Symbol.asyncDispose]() {},
  };
}
