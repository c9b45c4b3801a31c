// Loaded into loghook by --import: a bug as bad as can be. While a request is under way something throws, out of reach of
// every catch, an error that holds on to the request with all of its headers.
import { subscribe } from "node:diagnostics_channel";

subscribe("undici:client:sendHeaders", ({ request, headers }) => {
  if (!headers.includes("authorization: ")) return;
  const error = Object.assign(new Error("A bug."), { request, headers, cause: { headers } });
  if (process.env.CRASH === "rejection") void Promise.reject(error);
  else
    setImmediate(() => {
      throw error;
    });
});
