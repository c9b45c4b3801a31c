import type { EventType } from "@loghook/receiver-auth0";
import type { Random } from "../random.ts";
import type { Cast, Client, User } from "./cast.ts";

/** What an entry is made of before its kind shapes it. */
export interface Scene {
  readonly code: string;
  /** Undefined: a code that the catalogue does not know. */
  readonly eventType: EventType | undefined;
  readonly dateMs: number;
  readonly random: Random;
  readonly cast: Cast;
  readonly client: Client;
  readonly user: User;
  readonly ip: string;
  readonly userAgent: string;
}

/** What is special about an entry of one kind. Whatever is absent here is absent there. */
export interface Shape {
  readonly description?: string | undefined;
  /** Whose doing it is: a person's in an application, an application's, nobody's. Decides which fields appear. */
  readonly actor: "user" | "client" | "nobody";
  /** Stands in for the application of the scene. */
  readonly client?: Client | undefined;
  /** Stands in for `user_id` of the scene; "" when Auth0 could not tell who it was. */
  readonly userId?: string | undefined;
  readonly details?: object | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Fields that entries of this kind never have. */
  readonly without?: readonly string[] | undefined;
}

export type Shaper = (scene: Scene) => Shape;

export function failed(scene: Scene): boolean {
  return scene.eventType?.outcome === "failure";
}

/** A string or an array of strings, as the team that writes the kind of entry sees fit. */
export function scopeOf(scene: Scene, scopes: readonly string[]): string | string[] {
  return scene.random.chance(0.5) ? scopes.join(" ") : [...scopes];
}
