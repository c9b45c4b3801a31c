import { lettersAndDigits } from "../random.ts";
import { failed, type Scene, type Shaper } from "./shape.ts";

/**
 * Second factors: a request and a response of their own form, neither `$event_schema` nor `hostname`, and often no
 * application.
 */
export const guardian: Shaper = (scene) => {
  const { random, eventType, code } = scene;
  const method = random.pick(["totp", "push", "sms"]);
  return {
    actor: "user",
    description: eventType ? `Guardian - ${eventType.name}` : undefined,
    details: {
      request: request(scene),
      response: failed(scene) ? refused : { statusCode: 204 },
      authenticator: { id: `${method}|dev_${random.text(14, lettersAndDigits)}`, type: method },
    },
    without: [
      ...["$event_schema", "hostname", "connection", "connection_id", "strategy", "strategy_type"],
      ...(code === "gd_tenant_update" || random.chance(0.3) ? ["client_id", "client_name"] : []),
    ],
  };
};

function request({ ip, user, code }: Scene): object {
  return {
    ip,
    method: "POST",
    path: code.startsWith("gd_send") ? "/api/start-flow" : "/api/verify-otp",
    query: {},
    userAgent: "Mozilla/5.0",
    body: { code: "*****" },
    auth: { subject: user.id, strategy: "jwt", scopes: ["openid"] },
  };
}

const refused = {
  statusCode: 403,
  body: { statusCode: 403, error: "Forbidden", message: "Invalid OTP.", errorCode: "invalid_otp" },
};
