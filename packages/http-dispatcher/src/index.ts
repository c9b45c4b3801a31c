export { createDispatcher, type DispatcherOptions } from "./dispatcher.ts";
export type { Environment } from "./proxy-environment.ts";
export { type TlsFiles, tlsFiles, tlsSettings } from "./tls-settings.ts";
