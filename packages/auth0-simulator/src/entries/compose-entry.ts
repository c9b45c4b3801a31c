import type { Connection } from "./cast.ts";
import type { Scene, Shape } from "./shape.ts";

type Fields = Record<string, unknown>;

/**
 * The entry of a scene in the shape of its kind, in the order in which Auth0 writes its fields, and as irregular as
 * Auth0's are: what is missing, empty or null here and there differs from one entry to the next.
 */
export function composeEntry(scene: Scene, shape: Shape, logId: string): Fields {
  const { random, cast } = scene;
  const entry: Fields = {
    date: new Date(scene.dateMs).toISOString(),
    type: scene.code,
    description: shape.description,
    ...(shape.actor === "user" && connectionFields(scene.user.connection)),
    ...clientFields(scene, shape),
    ip: scene.ip,
    user_agent: scene.userAgent,
    ...shape.fields,
    details: shape.details,
    ...(shape.actor !== "nobody" && { hostname: cast.domain }),
    ...(shape.actor === "user" && userFields(scene, shape)),
    ...newerFields(scene, shape),
    tenant_name: cast.tenantName,
    log_id: logId,
    _id: logId,
    isMobile: /iOS|Android/.test(scene.userAgent),
  };
  if (random.chance(0.07)) delete entry.$event_schema;
  for (const field of shape.without ?? []) delete entry[field];
  return entry;
}

function connectionFields(connection: Connection): Fields {
  return { connection: connection.name, connection_id: connection.id };
}

function clientFields(scene: Scene, shape: Shape): Fields {
  if (shape.actor === "nobody") return { client_id: null, client_name: "" };
  const client = shape.client ?? scene.client;
  const unknown = shape.actor === "user" && scene.random.chance(0.03);
  return unknown ? { client_id: null, client_name: "" } : { client_id: client.id, client_name: client.name };
}

function userFields({ user, random }: Scene, shape: Shape): Fields {
  const known = random.chance(0.97);
  return {
    user_id: shape.userId ?? user.id,
    user_name: known ? user.name : "",
    strategy: known ? user.connection.strategy : "",
    strategy_type: known ? user.connection.strategyType : "",
  };
}

/** Fields that came later and that only some of the teams behind Auth0 write. */
function newerFields({ random, cast, client }: Scene, shape: Shape): Fields {
  const organization = random.pick(cast.organizations);
  const sdk = { name: "auth0-spa-js", version: "2.4.1" };
  return {
    ...(shape.actor === "user" &&
      random.chance(0.1) && { organization_id: organization.id, organization_name: organization.name }),
    ...(shape.actor === "user" && random.chance(0.1) && { auth0_client: random.chance(0.5) ? sdk : [sdk] }),
    $event_schema: { version: "1.0.0" },
    ...(random.chance(0.05) && { references: { correlation_id: `${client.name}-${random.below(10_000)}` } }),
    ...(random.chance(0.3) && { environment_name: "prod-eu-1" }),
  };
}
