import { hexDigits, lettersAndDigits } from "../random.ts";
import { failed, type Shaper } from "./shape.ts";

/** Attack protection stepped in: no details, but the fingerprints of the TLS connection. */
export const limitReached: Shaper = ({ random, eventType }) => ({
  actor: "user",
  description: eventType?.name,
  fields: {
    security_context: {
      ja3: `769,47-53-5,0-10-11,${random.below(30)}-24-25,0`,
      ja4: `t13d1516h2_${random.text(12, hexDigits)}_${random.text(12, hexDigits)}`,
    },
  },
});

/** Something about a person's account changed, or did not. */
export const accountChange: Shaper = (scene) => {
  const { eventType, user, client, random, cast } = scene;
  const ticket = `https://${cast.domain}/u/ticket?ticket=${random.text(6, lettersAndDigits)}****`;
  return {
    actor: "user",
    description: failed(scene) ? "The ticket has expired or was used already." : eventType?.name,
    details: {
      title: eventType?.name,
      email: user.name,
      body: { email: user.name, client_id: client.id, tenant: cast.tenantName, debug: false, ticket },
      query: { user_id: user.id, email: user.name, includeEmailInRedirect: random.chance(0.5) },
    },
  };
};

/** Auth0 itself speaks: neither a person nor an application, mostly no address either. */
export const systemNotification: Shaper = ({ eventType, random, cast }) => ({
  actor: "nobody",
  description: eventType?.description,
  details: random.chance(0.7)
    ? { tenant: cast.tenantName, occurrences: 1 + random.below(20), feature: null, notes: [] }
    : undefined,
  without: random.chance(0.6) ? ["ip", "user_agent"] : [],
});

/** An identity provider provisions people. */
export const scimOperation: Shaper = (scene) => {
  const { user, random, cast } = scene;
  const connection = cast.connections.find(({ strategyType }) => strategyType === "enterprise");
  return {
    actor: "client",
    description: failed(scene) ? "SCIM request refused" : "SCIM request served",
    fields: { connection: connection?.name, connection_id: connection?.id, strategy: "" },
    details: {
      request: {
        method: random.pick(["POST", "PATCH", "GET"]),
        path: `/scim/v2/connections/${connection?.id}/Users`,
        body: { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: user.name, active: true },
      },
      response: { statusCode: failed(scene) ? 409 : 201 },
    },
  };
};

/** Whatever has no form of its own, and codes that nobody has heard of yet. */
export const plain: Shaper = (scene) => ({
  actor: "user",
  description: scene.eventType?.name,
  details: scene.random.chance(0.8)
    ? {
        id: scene.random.text(20, lettersAndDigits),
        status: failed(scene) ? "failed" : "ok",
        ...(failed(scene) && {
          error: { message: "Something went wrong.", nested: { reason: null, tries: [1, 2] } },
        }),
      }
    : undefined,
});
