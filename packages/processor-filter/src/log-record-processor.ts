import { parseSettings } from "@loghook/pipeline";
import type { LogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { z } from "zod";
import { type FilterConfig, filterConfig } from "./config.ts";
import { levelOf } from "./matches.ts";
import { createRecordRule, type FilteredRecord } from "./processor.ts";

/** The filter's settings as a config file has them. */
export type FilterSettings = z.input<typeof filterConfig>;

/**
 * The filter for programs that have a `LoggerProvider`: hands on to the next processor only what passes.
 * ```ts
 * new LoggerProvider({
 *   processors: [new FilterLogRecordProcessor({ min_level: "error" }, new BatchLogRecordProcessor({ exporter }))],
 * });
 * ```
 * `min_level` goes by the severity number, `types` and `exclude_types` by the event name, or by the attribute
 * `auth0.type` of records that come from Auth0. What a record does not say, it passes, unless `unknown_types` is `drop`:
 * a plain line of a log has no event name, so no `types` leave it out.
 */
export class FilterLogRecordProcessor implements LogRecordProcessor {
  readonly #config: FilterConfig;
  readonly #explain: (record: FilteredRecord) => string | undefined;
  readonly #next: LogRecordProcessor;

  /**
   * @param next gets what passes; flushed and shut down with this one
   * @throws {ConfigError} when a setting cannot be used
   */
  constructor(settings: FilterSettings, next: LogRecordProcessor) {
    this.#config = parseSettings(filterConfig, settings, "FilterLogRecordProcessor");
    this.#explain = createRecordRule(this.#config);
    this.#next = next;
  }

  onEmit(...[record, context]: Parameters<LogRecordProcessor["onEmit"]>): void {
    if (this.#explain(record) === undefined) this.#next.onEmit(record, context);
  }

  /** Lets programs spare themselves the making of a record that would be left out for its severity. */
  enabled(options: Parameters<NonNullable<LogRecordProcessor["enabled"]>>[0]): boolean {
    if (isTooLow(this.#config, options.severityNumber)) return false;
    return this.#next.enabled?.(options) ?? true;
  }

  forceFlush(...options: Parameters<LogRecordProcessor["forceFlush"]>): Promise<void> {
    return this.#next.forceFlush(...options);
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}

/** Whether no record of this severity passes, whatever else it says. */
function isTooLow({ minLevel, types, match }: FilterConfig, severityNumber: number | undefined): boolean {
  const level = levelOf(severityNumber);
  const levelDecides = match === "all" || types.length === 0;
  return levelDecides && minLevel !== undefined && level !== undefined && level < minLevel;
}
