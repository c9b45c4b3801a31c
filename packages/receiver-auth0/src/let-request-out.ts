import { setImmediate as turn } from "node:timers/promises";

/**
 * Lets the tenant work while a page is worked on here: a request goes out in the next turn of the event loop, in which
 * undici has looked whether the connection is still there.
 */
export async function letRequestOut(): Promise<void> {
  await turn();
  await turn();
}
