import { digits, hexDigits, lettersAndDigits } from "../random.ts";
import { failed, type Scene, type Shaper, scopeOf } from "./shape.ts";

/** Nested prompts, times as milliseconds, and no description. */
export const loginSucceeded: Shaper = (scene) => {
  const { random, dateMs } = scene;
  const elapsedTime = 1500 + random.below(30_000);
  const stats = { loginsCount: 1 + random.below(400) };
  return {
    actor: "user",
    details: {
      prompts: [authenticationPrompt(scene, stats), loginPrompt(scene, elapsedTime)],
      initiatedAt: dateMs - elapsedTime,
      completedAt: dateMs,
      elapsedTime,
      session_id: random.text(32, lettersAndDigits),
      stats,
    },
  };
};

function authenticationPrompt({ user, dateMs }: Scene, stats: object): object {
  return {
    name: "prompt-authenticate",
    completedAt: dateMs - 600,
    connection: user.connection.name,
    connection_id: user.connection.id,
    strategy: user.connection.strategy,
    identity: user.id.split("|").at(-1),
    stats,
    elapsedTime: null,
  };
}

function loginPrompt({ user, dateMs, random }: Scene, elapsedTime: number): object {
  return {
    name: "login",
    flow: "universal-login",
    initiatedAt: dateMs - elapsedTime + 9,
    completedAt: dateMs - 571,
    timers: { rules: random.below(40) },
    user_id: user.id,
    user_name: user.name,
    elapsedTime: elapsedTime - 580,
  };
}

const loginErrors: Readonly<Record<string, readonly [message: string, type: string]>> = {
  f: ["Wrong email or password.", "invalid_user_password"],
  fp: ["Wrong email or password.", "invalid_user_password"],
  fu: ["Wrong email or password.", "invalid_user_password"],
  fc: ["The connector did not answer.", "connector_unavailable"],
};

/** What was sent, with the password masked, and why it was refused. Who it was is not known for sure. */
export const loginFailed: Shaper = (scene) => {
  const { random, client, user, code } = scene;
  const [message, type] = loginErrors[code] ?? ["Access denied.", "access_denied"];
  return {
    actor: "user",
    description: message,
    userId: code === "fu" || random.chance(0.3) ? "" : user.id,
    details: {
      body: {
        client_id: client.id,
        username: user.name,
        password: "*****",
        connection: user.connection.name,
        grant_type: "password",
        scope: "openid",
      },
      qs: {},
      connection: user.connection.name,
      error: { message, oauthError: "invalid_grant", type },
    },
  };
};

export const signup: Shaper = (scene) => {
  const { client, user, random } = scene;
  const body = {
    client_id: client.id,
    email: user.name,
    password: "*****",
    connection: user.connection.name,
  };
  return failed(scene)
    ? { actor: "user", userId: "", description: "The user already exists.", details: { body } }
    : {
        actor: "user",
        details: { body: { ...body, user_metadata: { plan: random.pick(["free", "team"]) } } },
      };
};

/** Asked for in the query of /authorize; a failure names what the person would have to do. */
export const silentAuthentication: Shaper = (scene) => {
  const { client, random, cast } = scene;
  const scopes = ["openid", "profile", "email"];
  const qs = {
    client_id: client.id,
    scope: scopes.join(" "),
    response_type: "code",
    prompt: "none",
    code_challenge_method: "S256",
  };
  const error = { message: "Login required", oauthError: "login_required", type: "oauth-authorization" };
  return {
    actor: "user",
    description: failed(scene) ? error.message : "Successful silent authentication",
    ...(failed(scene) && { userId: "" }),
    fields: { scope: scopeOf(scene, scopes), audience: `https://${cast.domain}/userinfo` },
    details: failed(scene)
      ? { body: {}, qs, connection: null, error }
      : { body: {}, qs, session_id: random.text(32, lettersAndDigits) },
  };
};

export const logout: Shaper = (scene) => {
  const { random } = scene;
  const returnTo = `https://shop.example.com/bye?n=${random.text(3, digits)}`;
  const details = { allowed_logout_url: ["https://shop.example.com"], return_to: returnTo };
  return failed(scene)
    ? { actor: "user", userId: "", description: "The returnTo address is not allowed", details }
    : {
        actor: "user",
        description: "User successfully logged out",
        details: { ...details, session_id: random.text(32, hexDigits) },
      };
};
