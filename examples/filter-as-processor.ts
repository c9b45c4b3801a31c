// Puts the filter in front of any OpenTelemetry log processor: everything that the app logs goes to the collector of
// the team, and what is an error to the one that wakes somebody up.
//
//   npm install @loghook/processor-filter @opentelemetry/api @opentelemetry/sdk-logs @opentelemetry/exporter-logs-otlp-http
//   ALL_LOGS_URL=http://127.0.0.1:4318/v1/logs ALERTS_URL=http://127.0.0.1:4319/v1/logs node filter-as-processor.ts
import { FilterLogRecordProcessor } from "@loghook/processor-filter";
import { SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";

const { ALL_LOGS_URL = "", ALERTS_URL = "" } = process.env;
const toAllLogs = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: ALL_LOGS_URL }) });
const toAlerts = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: ALERTS_URL }) });

const provider = new LoggerProvider({
  processors: [
    toAllLogs,
    // The settings are those of `processors.filter` in a config file. Types are matched with the event name.
    new FilterLogRecordProcessor({ min_level: "error", exclude_types: ["*.retried"] }, toAlerts),
  ],
});

const logger = provider.getLogger("payments");
const { INFO, ERROR, FATAL } = SeverityNumber;
logger.emit({ eventName: "payment.taken", severityNumber: INFO, body: "A payment was taken." });
logger.emit({ eventName: "payment.failed", severityNumber: ERROR, body: "The bank said no." });
logger.emit({ eventName: "payment.retried", severityNumber: ERROR, body: "The bank is asked again." });
logger.emit({ eventName: "ledger.broken", severityNumber: FATAL, body: "The books do not balance." });

// Flushes both: the filter hands it on to the processor behind it.
await provider.shutdown();
