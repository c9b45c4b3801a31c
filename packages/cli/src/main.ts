#!/usr/bin/env node
// The first signal asks for an orderly stop, the second one gets the immediate end that it would have had without us.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    if (stop.signal.aborted) process.kill(process.pid, signal);
    stop.abort(new Error(`${signal} was received.`));
  });
}

// Left to itself Node.js prints an error with all that hangs on it, such as a request, its headers, and a token in them.
process.on("uncaughtException", (error: unknown) => {
  const told = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${told}\nThis is a bug in loghook.\n`);
  process.exit(1);
});

// Addresses of this machine never go through a proxy, as with Go's programs
// (https://pkg.go.dev/net/http#ProxyFromEnvironment): `demo`, `sink` and `simulate` work wherever a proxy is set.
const noProxy = process.env.no_proxy ?? process.env.NO_PROXY;
if (noProxy !== "*")
  process.env.no_proxy = [noProxy, "127.0.0.1", "localhost", "[::1]"].filter(Boolean).join(",");

// Sources are left alone, which change from start to start. Then the program; only now, so that a signal is heeded from the
// first moment on.
if (import.meta.filename.endsWith(".js")) (await import("./compile-cache.ts")).keepCompiledCode(process.env);
const { runCli } = await import("./program.ts");
const { env, stdout, stderr } = process;
process.exitCode = await runCli(process.argv.slice(2), {
  env,
  stdout,
  stderr,
  stop: stop.signal,
  onHangup(listener) {
    process.on("SIGHUP", listener);
    return { [Symbol.dispose]: () => process.off("SIGHUP", listener) };
  },
});
