import { defineReceiver, type ReceiverFactory } from "@loghook/pipeline";
import { type Auth0Config, auth0Config } from "./config.ts";
import { createAuth0Receiver } from "./receiver.ts";

/** In a config file: `receivers: { auth0: { domain: …, client_id: …, client_secret: … } }`. */
export const auth0Receiver: ReceiverFactory<Auth0Config> = defineReceiver({
  type: "auth0",
  description: "Reads the log of an Auth0 tenant through the Management API.",
  config: auth0Config,
  schedule: (config: Auth0Config) => config.schedule,
  create: createAuth0Receiver,
});
