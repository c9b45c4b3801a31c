import type { ApiRequest, Tenant } from "@loghook/auth0-simulator";
import type { Io } from "./io.ts";
import type { OutputFormat } from "./output.ts";
import { painter, printable, toJson } from "./terminal-text.ts";
import { count, entries } from "./wording.ts";

/** What `loghook simulate` says. */
export interface SimulateReport {
  /** @param caFile where the certificate lies, with HTTPS */
  started(tenant: Tenant, caFile: string | undefined): void;
  request(request: ApiRequest): void;
  stopped(tenant: Tenant): void;
}

export function createSimulateReport(io: Io, format: OutputFormat): SimulateReport {
  return format === "json" ? jsonReport(io) : textReport(io);
}

function environmentFor({ domain, clientId, clientSecret }: Tenant): Record<string, string> {
  return { AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret };
}

function jsonReport(io: Io): SimulateReport {
  const line = (event: string, fields: object) => io.stdout.write(`${toJson({ event, ...fields })}\n`);
  return {
    started: (tenant, caFile) =>
      line("started", { url: tenant.url, caFile, environment: environmentFor(tenant) }),
    request: ({ at, query, ...request }) =>
      line("request", { time: new Date(at).toISOString(), ...request, query: query.toString() }),
    stopped: (tenant) =>
      line("stopped", { requests: tenant.requests.length, entries: tenant.entries.length }),
  };
}

function textReport(io: Io): SimulateReport {
  const paint = painter(io.stdout, io.env);
  const print = (lines: readonly string[]) => io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return {
    started(tenant, caFile) {
      const environment = Object.entries(environmentFor(tenant)).map(([name, value]) => `  ${name}=${value}`);
      print([
        `The tenant is at ${paint("bold", tenant.url)}, with ${entries(tenant.entries.length)} in its log. Stop it with Ctrl+C.`,
        "",
        "To read it, set these variables:",
        ...environment,
        "and in the config file, under receivers.auth0:",
        `  endpoint: ${tenant.url}`,
        ...(caFile === undefined ? [] : [`  tls: { ca_file: ${caFile} }`]),
        "",
      ]);
    },
    request({ at, method, path, query, status }) {
      const target = query.size > 0 ? `${path}?${query}` : path;
      const answer = status === 0 ? "no answer" : String(status);
      print([
        `${paint("gray", new Date(at).toISOString().slice(11, 23))}  ${printable(`${method} ${target}`)}  ` +
          paint(status >= 200 && status < 300 ? "green" : "yellow", answer),
      ]);
    },
    stopped: (tenant) =>
      print([`${count(tenant.requests.length)} requests; ${entries(tenant.entries.length)} in the log.`]),
  };
}
