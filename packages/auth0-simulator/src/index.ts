export type { Fault, PageDisorder } from "./fault.ts";
export type { GivenEntry } from "./given-entry.ts";
export type { StoredEntry } from "./log-store.ts";
export type { ApiRequest } from "./request-log.ts";
export { type SampleOptions, sampleEntry } from "./sample-entry.ts";
export { startTenant, type Tenant } from "./tenant.ts";
export type { RateLimit, TenantOptions } from "./tenant-options.ts";
