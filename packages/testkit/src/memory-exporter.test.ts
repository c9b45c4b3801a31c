import { exporterContract } from "./exporter-contract.ts";
import { memoryDestination } from "./memory-exporter.test-kit.ts";
import { memoryExporter } from "./memory-exporter.ts";

exporterContract("memoryExporter", { start: () => memoryDestination(memoryExporter()) });
