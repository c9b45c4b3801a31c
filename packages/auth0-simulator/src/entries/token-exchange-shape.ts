import { lettersAndDigits } from "../random.ts";
import { failed, type Scene, type Shape, type Shaper, scopeOf } from "./shape.ts";

const descriptions: Readonly<Record<string, string>> = {
  seacft: "Authorization Code for Access Token",
  seccft: "Client Credentials for Access Token",
  sertft: "Refresh Token for Access Token",
  sepft: "Password for Access Token",
};

/** Codes of exchanges in which no person takes part. */
const machineCodes = new Set([
  "seccft",
  "feccft",
  "jwt_bearer_exchange_failed",
  "success_on_behalf_of_token_exchange",
]);

/** Something was swapped for tokens, or was not. Codes are cut; the scope is a text here and an array there. */
export const tokenExchange: Shaper = (scene) => {
  const { code, cast, random } = scene;
  const machine = machineCodes.has(code);
  const scopes = machine ? ["read:orders", "write:orders"] : ["openid", "profile", "email", "offline_access"];
  return {
    actor: machine ? "client" : "user",
    ...(machine && { client: random.pick(cast.machines) }),
    ...outcome(scene),
    fields: {
      audience: random.pick(["https://api.example.com", `https://${cast.domain}/api/v2/`]),
      scope: random.chance(0.1) ? null : scopeOf(scene, scopes),
    },
  };
};

function outcome(scene: Scene): Pick<Shape, "description" | "details" | "userId"> {
  const { code, eventType, random } = scene;
  if (failed(scene))
    return { description: "Unauthorized", userId: "", details: { error: { message: "Unauthorized" } } };
  const usedCode = `*************${random.text(3, lettersAndDigits)}`;
  return {
    description: descriptions[code] ?? eventType?.name,
    // Some exchanges have no details at all.
    details:
      code === "seccft" ? undefined : { code: usedCode, session_id: random.text(32, lettersAndDigits) },
  };
}
