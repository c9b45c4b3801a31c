import type { EventType } from "./event-types.ts";

type Fields = Readonly<Record<string, unknown>>;

/** One line of the table in docs/attribute-map.md. */
export interface AttributeMapping {
  readonly attribute: string;
  /** Where the value comes from, in words. */
  readonly source: string;
  /** What it comes to. Only texts that are not empty, numbers and truth values become attributes. */
  read(fields: Fields, known: EventType | undefined, uid: string): unknown;
}

/**
 * Which attributes a record carries beside its body, which is the entry itself. Names of OpenTelemetry's semantic
 * conventions where there is one for the meaning (https://opentelemetry.io/docs/specs/semconv/registry/attributes/),
 * `auth0.*` for the rest. `geo.*` is where the client is.
 */
export const attributeMap: readonly AttributeMapping[] = [
  {
    attribute: "log.record.uid",
    source: "`log_id`, else `_id`, else a digest",
    read: (_fields, _known, uid) => uid,
  },
  field("client.address", "ip"),
  field("user_agent.original", "user_agent"),
  field("user.id", "user_id"),
  field("user.name", "user_name"),
  field("session.id", "session_id", "details.session_id"),
  field("server.address", "hostname"),
  field("geo.continent.code", "location_info.continent_code"),
  field("geo.country.iso_code", "location_info.country_code"),
  field("geo.locality.name", "location_info.city_name"),
  field("geo.location.lat", "location_info.latitude"),
  field("geo.location.lon", "location_info.longitude"),
  field("auth0.type", "type"),
  {
    attribute: "auth0.category",
    source: "the event type's filter category",
    read: (_fields, known) => known?.category,
  },
  {
    attribute: "auth0.outcome",
    source: "the event type's outcome",
    read: (_fields, known) => known?.outcome,
  },
  field("auth0.description", "description"),
  field("auth0.connection", "connection"),
  field("auth0.connection_id", "connection_id"),
  field("auth0.client_id", "client_id"),
  field("auth0.client_name", "client_name"),
  field("auth0.strategy", "strategy"),
  field("auth0.strategy_type", "strategy_type"),
  field("auth0.audience", "audience"),
  field("auth0.organization_id", "organization_id"),
  field("auth0.organization_name", "organization_name"),
  field("auth0.tenant_name", "tenant_name"),
  field("auth0.environment_name", "environment_name"),
  field("auth0.correlation_id", "references.correlation_id"),
  field("auth0.trace_id", "references.trace_id"),
  field("auth0.is_mobile", "isMobile", "is_mobile"),
];

/** The first of these fields of the entry that has a value. `a.b` is the field `b` of the object `a`. */
function field(attribute: string, ...paths: [string, ...string[]]): AttributeMapping {
  const [first, ...others] = paths.map(reader) as [Reader, ...Reader[]];
  const firstOf = (fields: Fields): unknown => {
    let value = first(fields);
    for (const read of others) {
      if (isAttributeValue(value)) break;
      value = read(fields);
    }
    return value;
  };
  return {
    attribute,
    source: paths.map((path) => `\`${path}\``).join(", else "),
    read: others.length === 0 ? first : firstOf,
  };
}

type Reader = (fields: Fields) => unknown;

function reader(path: string): Reader {
  const [outer = "", inner] = path.split(".");
  if (inner === undefined) return (fields) => fields[outer];
  return (fields) => (fields[outer] as Fields | null | undefined)?.[inner];
}

export function isAttributeValue(value: unknown): value is string | number | boolean {
  return (typeof value === "string" && value !== "") || Number.isFinite(value) || typeof value === "boolean";
}
