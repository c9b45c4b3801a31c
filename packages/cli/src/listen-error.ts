import { ConfigError } from "@loghook/pipeline";

/** What stands in the way of listening, as a sentence. Anything else than an error of the system is passed on. */
export function listenError(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall !== "listen" && syscall !== "getaddrinfo") return error;
  return new ConfigError(
    code === "EADDRINUSE"
      ? `Another program listens on port ${port} of ${host} already.`
      : `It is not possible to listen on port ${port} of ${host}: ${message}.`,
    {
      cause: error,
      remedy: "Choose another port with --port (0 takes any free one), or another address with --host.",
    },
  );
}
