import { hexDigits, lettersAndDigits } from "../random.ts";
import { failed, type Scene, type Shaper } from "./shape.ts";

interface Operation {
  readonly description: string;
  readonly method: string;
  readonly path: (scene: Scene) => string;
  readonly body: (scene: Scene) => object;
}

const operations: readonly Operation[] = [
  {
    description: "Update a client",
    method: "patch",
    path: ({ client }) => `/api/v2/clients/${client.id}`,
    body: ({ client }) => ({ name: client.name, callbacks: ["https://shop.example.com/callback"] }),
  },
  {
    description: "Update a User",
    method: "patch",
    path: ({ user }) => `/api/v2/users/${encodeURIComponent(user.id)}`,
    body: ({ random }) => ({
      app_metadata: { plan: random.pick(["free", "team"]), seats: random.below(50) },
    }),
  },
  {
    description: "Delete a User",
    method: "delete",
    path: ({ user }) => `/api/v2/users/${encodeURIComponent(user.id)}`,
    body: () => ({}),
  },
  {
    description: "Create a role",
    method: "post",
    path: () => "/api/v2/roles",
    body: () => ({ name: "support", description: "May read orders" }),
  },
  {
    description: "Update Branding Settings",
    method: "patch",
    path: () => "/api/v2/branding",
    // Large, as bodies of writes can be.
    body: ({ random }) => ({
      universal_login: { body: `<html>${random.text(2000, lettersAndDigits)}</html>` },
    }),
  },
];

/** A call of the Management API with its request and response, and without a connection. */
export const managementOperation: Shaper = (scene) => {
  const { random, cast } = scene;
  const operation = random.pick(operations);
  const client = random.chance(0.7)
    ? random.pick(cast.machines)
    : { id: random.text(32, lettersAndDigits), name: "" };
  return {
    actor: "client",
    client,
    description: operation.description,
    details: { request: request(scene, operation), response: response(scene, operation) },
    without: ["hostname"],
  };
};

function request(scene: Scene, operation: Operation): object {
  const { random, ip, cast } = scene;
  const byDashboard = random.chance(0.3);
  const credentials = {
    jti: random.text(32, hexDigits),
    scopes: ["read:logs", "update:clients", "update:users"],
  };
  return {
    method: operation.method,
    path: operation.path(scene),
    query: {},
    userAgent: byDashboard ? "Chrome 144.0.0 / Windows 11" : "terraform-provider-auth0/1.30.0",
    body: operation.body(scene),
    channel: byDashboard ? "https://manage.auth0.com/" : "api",
    ip,
    auth: byDashboard
      ? {
          user: {
            user_id: `google-oauth2|${random.text(6, hexDigits)}`,
            name: "Op Erator",
            email: "ops@example.com",
          },
        }
      : { user: {}, strategy: "jwt", credentials: { ...credentials, tenant: cast.tenantName } },
  };
}

function response(scene: Scene, operation: Operation): object {
  if (!failed(scene))
    return { statusCode: operation.method === "post" ? 201 : 200, body: operation.body(scene) };
  return {
    statusCode: 400,
    body: {
      statusCode: 400,
      error: "Bad Request",
      message: "Payload validation error: 'Missing required property: name'.",
      errorCode: "invalid_body",
    },
  };
}
