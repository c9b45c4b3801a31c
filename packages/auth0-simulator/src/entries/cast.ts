import { digits, hexDigits, lettersAndDigits, type Random, seededRandom } from "../random.ts";

export interface Client {
  readonly id: string;
  readonly name: string;
}

export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly strategy: string;
  readonly strategyType: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly connection: Connection;
}

interface Organization {
  readonly id: string;
  readonly name: string;
}

/** Who and what appears in a tenant's log, again and again. */
export interface Cast {
  readonly domain: string;
  readonly tenantName: string;
  /** Applications that people use. */
  readonly apps: readonly Client[];
  /** Applications that use APIs on their own. */
  readonly machines: readonly Client[];
  readonly connections: readonly Connection[];
  readonly users: readonly User[];
  readonly organizations: readonly Organization[];
}

const firstNames =
  "ada bob chen dina emre fatou grace hugo ines jun kofi lena mara nils olga priya rosa sam".split(" ");
const lastNames =
  "abel bauer costa diaz evans frank garcia haas ito jansen khan lopez moreau novak okoye".split(" ");
const strategies = [
  ["Username-Password-Authentication", "auth0", "database"],
  ["google-oauth2", "google-oauth2", "social"],
  ["acme-okta", "oidc", "enterprise"],
  ["partner-saml", "samlp", "enterprise"],
  ["corp-ad", "ad", "enterprise"],
  ["email", "email", "passwordless"],
  ["sms", "sms", "passwordless"],
] as const;

/** The same seed gives the same people. */
export function castOf(domain: string, seed: number): Cast {
  const random = seededRandom(seed, -2);
  const client = (name: string): Client => ({ id: random.text(32, lettersAndDigits), name });
  const connections = strategies.map(([name, strategy, strategyType]) => ({
    id: `con_${random.text(16, lettersAndDigits)}`,
    name,
    strategy,
    strategyType,
  }));
  return {
    domain,
    tenantName: domain.split(".")[0] ?? domain,
    apps: ["Storefront", "Storefront (iOS)", "Partner portal", "Back office", "Default App"].map(client),
    machines: ["terraform", "billing-sync", "nightly-report"].map(client),
    connections,
    users: Array.from({ length: 250 }, () => user(random, connections)),
    organizations: ["northwind", "globex", "initech"].map((name) => ({
      id: `org_${random.text(16, lettersAndDigits)}`,
      name,
    })),
  };
}

function user(random: Random, connections: readonly Connection[]): User {
  // Most people of a tenant sign in with a password.
  const connection = random.chance(0.6) ? connections.slice(0, 1) : connections;
  const chosen = random.pick(connection);
  const email = `${random.pick(firstNames)}.${random.pick(lastNames)}@${random.pick(["example.com", "example.org"])}`;
  const name = chosen.strategy === "sms" ? `+4915550${random.text(6, digits)}` : email;
  return { id: userId(random, chosen, name), name, connection: chosen };
}

function userId(random: Random, connection: Connection, name: string): string {
  if (connection.strategy === "google-oauth2") return `google-oauth2|${random.text(21, digits)}`;
  if (connection.strategyType === "enterprise") return `${connection.strategy}|${connection.name}|${name}`;
  return `${connection.strategy}|${random.text(24, hexDigits)}`;
}
