import type { LogRecordExporter } from "@opentelemetry/sdk-logs";

export class AsClass implements LogRecordExporter {
  readonly options: unknown;
  constructor(options: unknown) {
    this.options = options;
  }
  export: LogRecordExporter["export"] = (_logs, callback) => callback({ code: 0 });
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
