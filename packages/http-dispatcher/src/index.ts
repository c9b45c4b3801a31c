export { createDispatcher, type DispatcherOptions, type PublicOnly } from "./dispatcher.ts";
export { type Environment, proxySecrets } from "./proxy-environment.ts";
export { type TlsFiles, tlsFiles, tlsSettings } from "./tls-settings.ts";
