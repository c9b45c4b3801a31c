import type { Attributes, Logger } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { LogBatch } from "../component.ts";
import { openTelemetryApi } from "./on-demand.ts";
import { withPlainNumbers } from "./plain-numbers.ts";

/**
 * Feeds records into an existing `LoggerProvider`, through one of its loggers:
 * ```ts
 * const emit = emitTo(provider.getLogger("auth0"));
 * for await (const delivery of receiver.receive({ signal, lane: "logs", follow: true })) {
 *   emit(delivery.batch);
 *   await provider.forceFlush();
 *   await delivery.ack();
 * }
 * ```
 * Times, severity, event name, body, attributes and span go along. Resource and scope are the provider's; what the
 * record's resource says, such as `auth0.domain`, becomes attributes, but for `service.name`, which is the provider's to
 * say.
 *
 * **This is not a delivery.** A logger gives no acknowledgement, so `ack()` behind it means "handed over", no more. What
 * waits in a `BatchLogRecordProcessor` is lost when the process dies, dropped when its queue (2048 records) is full, and
 * dropped when its exporter fails. `forceFlush()` of the provider before `ack()` narrows that down: the queue is then
 * empty. It is no proof either, since it resolves whether the export succeeded or not. Where every record has to arrive,
 * let a lane deliver to an exporter.
 */
export function emitTo(logger: Logger): (batch: LogBatch) => void {
  return (batch) => {
    for (const record of batch) emit(logger, withPlainNumbers(record));
  };
}

function emit(logger: Logger, record: ReadableLogRecord): void {
  const { severityNumber, severityText, eventName, spanContext } = record;
  const { ROOT_CONTEXT, trace } = openTelemetryApi();
  logger.emit({
    timestamp: record.hrTime,
    observedTimestamp: record.hrTimeObserved,
    ...(severityNumber !== undefined && { severityNumber }),
    ...(severityText !== undefined && { severityText }),
    ...(eventName !== undefined && { eventName }),
    ...(record.body !== undefined && { body: record.body }),
    attributes: { ...resourceAttributes(record), ...record.attributes },
    // Not the active context: the span in which we read is not the one in which this happened.
    context: spanContext ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT,
  });
}

function resourceAttributes({ resource }: ReadableLogRecord): Attributes {
  const { "service.name": _, ...others } = resource.attributes;
  return others;
}
