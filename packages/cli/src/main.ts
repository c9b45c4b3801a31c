#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// Left to itself V8 lets the heap of a busy program grow to many times of what is in use: 350 MB in place of 150, for a
// tenth of the CPU time (docs/performance.md). Who says how large the young generation may be gets that. Only of this
// Node.js it is known that its V8 has these flags; it complains of one that it does not know.
const isTuned = [process.env.NODE_OPTIONS ?? "", ...process.execArgv].some((option) => option.includes("semi-space"));
if (!isTuned && process.versions.node.startsWith("24.")) {
  for (const flag of ["--semi-space-growth-factor=1", "--heap-growing-percent=100"]) setFlagsFromString(flag);
}

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
