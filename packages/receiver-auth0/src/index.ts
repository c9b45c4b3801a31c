export { type AttributeMapping, attributeMap } from "./attribute-map.ts";
export { type Auth0Config, auth0Config } from "./config.ts";
export type { Credentials, SigningAlgorithm } from "./credentials.ts";
export { type EventType, eventTypes, type Level, levelNames, type Outcome } from "./event-types.ts";
export { auth0Receiver } from "./factory.ts";
export { createAuth0Receiver } from "./receiver.ts";
export { type RecordOrigin, toLogRecord } from "./single-record.ts";
export type { StartFrom } from "./start-from.ts";
