import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tenant } from "@loghook/auth0-simulator";
import type { ReceivedRequest, TestWebhook } from "@loghook/testkit";
import { stringify } from "yaml";
import { plantedMark } from "./planted-secrets/scanner.ts";
import { showStorages } from "./planted-secrets/show-storages.ts";

/** A folder of its own for a test, gone with it. What loghook stored there is looked through for secrets before. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "loghook-test-"));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await showStorages(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

const main = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));
export const workspaceRoot: string = fileURLToPath(new URL("..", import.meta.url));

export interface LoghookProcess extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was printed as JSON lines so far. */
  readonly events: readonly Record<string, unknown>[];
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves when the output contains the text, so many times (default 1); rejects when the process ends without. */
  printed(text: string, times?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Modules that Node.js loads before the program. */
  readonly preloads?: readonly string[];
  /** A command and its arguments that end by running the program, which stands behind them. */
  readonly within?: readonly string[];
}

/** The command line as a process of its own. Only what is given is in its environment. */
export function loghook(args: readonly string[], options: ProcessOptions): LoghookProcess {
  return runningProgram(main, args, options);
}

/** The same for another program of this workspace. */
export function runningProgram(
  file: string,
  args: readonly string[],
  options: ProcessOptions,
): LoghookProcess {
  const imports = (options.preloads ?? []).map((preload) => `--import=${preload}`);
  const node = [process.execPath, "--conditions=source", ...imports, file, ...args];
  return program([...(options.within ?? []), ...node], options);
}

/** The same for any program. */
export function program(
  commandLine: readonly string[],
  options: Pick<ProcessOptions, "cwd" | "env">,
): LoghookProcess {
  const [command = "", ...args] = commandLine;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);

  return {
    pid: child.pid ?? -1,
    get stdout() {
      return text.stdout;
    },
    get stderr() {
      return text.stderr;
    },
    get events() {
      const lines = text.stdout.split("\n").filter((line) => line.startsWith("{"));
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    ended,
    async printed(wanted, times = 1) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = (): void => {
        if (`${text.stdout}${text.stderr}`.split(wanted).length > times) resolve();
      };
      listeners.add(look);
      look();
      void ended.then((code) =>
        reject(new Error(`Ended with ${code}, without "${wanted}":\n${text.stdout}${text.stderr}`)),
      );
      await promise.finally(() => listeners.delete(look));
    },
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs to its end. */
export async function runLoghook(args: readonly string[], options: ProcessOptions) {
  await using running = loghook(args, options);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr, events: running.events };
}

type Settings = Record<string, unknown>;

export interface ConfigParts {
  readonly tenant: Pick<Tenant, "url" | "domain" | "clientId" | "clientSecret">;
  readonly webhook: { readonly url: string };
  readonly auth0?: Settings;
  readonly filter?: Settings;
  readonly webhookSettings?: Settings;
  readonly slack?: Settings;
  readonly storage?: Settings;
}

/** For `signing_secret`, where a test wants signatures. */
export const plantedSigningSecret: string = `whsec_${Buffer.from(`${plantedMark}, of 32 bytes or more`).toString("base64")}`;

/**
 * Writes a config that reads from the tenant and delivers to the webhook, at the speed of a test. Wherever it can hold a
 * secret it does, so that whatever a test makes loghook say can be looked through for them.
 */
export async function writeConfig(folder: string, parts: ConfigParts): Promise<string> {
  const { tenant, webhook } = parts;
  const config = {
    receivers: {
      auth0: {
        endpoint: tenant.url,
        domain: tenant.domain,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        poll_interval: "50ms",
        rate_limit: { max_share: 1 },
        retry_on_failure: { initial_interval: "10ms", max_interval: "50ms" },
        ...parts.auth0,
      },
    },
    ...(parts.filter && { processors: { filter: parts.filter } }),
    exporters: {
      webhook: {
        url: `${webhook.url}/?code=${plantedMark}`,
        authorization: `Bearer ${plantedMark}`,
        signing_secret: plantedSigningSecret,
        retry_on_failure: { initial_interval: "10ms", max_interval: "50ms" },
        ...parts.webhookSettings,
      },
    },
    extensions: {
      sqlite_storage: { directory: join(folder, ".loghook"), ...parts.storage },
      ...(parts.slack && { slack: withPlantedPath(parts.slack) }),
    },
    service: {
      extensions: ["sqlite_storage", ...(parts.slack ? ["slack"] : [])],
      pipelines: {
        logs: { receivers: ["auth0"], processors: parts.filter ? ["filter"] : [], exporters: ["webhook"] },
      },
    },
  };
  const file = join(folder, "loghook.yaml");
  await writeFile(file, stringify(config));
  return file;
}

function withPlantedPath(slack: Settings): Settings {
  return { ...slack, webhook_url: `${slack.webhook_url}/services/T0/${plantedMark}` };
}

export interface Entry extends Record<string, unknown> {
  readonly log_id: string;
}

/** The entries of a request with a JSON body. */
export function entriesOf(request: ReceivedRequest): Entry[] {
  const body = JSON.parse(request.body.toString("utf8")) as Entry | Entry[];
  return Array.isArray(body) ? body : [body];
}

/** The ids of all entries that a webhook was sent, in the order of their coming. */
export function receivedIds(webhook: TestWebhook): string[] {
  return webhook.requests.flatMap(entriesOf).map(({ log_id }) => log_id);
}

/** The ids of every entry that a tenant has written. */
export const writtenIds = (tenant: Tenant): string[] => tenant.entries.map(({ logId }) => logId);
