import { globSync } from "node:fs";
import { workspaceRoot } from "../harness.ts";
import { runIn } from "./empty-project.ts";
import { refuse } from "./report.ts";
import type { PackedPackage } from "./tarballs.ts";

/** What somebody types in a project where loghook is installed, and what it must print. */
interface Command {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly prints: readonly string[];
}

export function commandsOf(cli: PackedPackage): readonly Command[] {
  return [
    { args: ["--version"], prints: [cli.manifest.version] },
    { args: ["--help"], prints: ["Usage: loghook", "run", "validate", "demo"] },
    { args: ["demo", "--entries", "200"], prints: ["Delivered", "webhook-id: msg_", "Checkpoint: 900"] },
    {
      args: ["validate", "node_modules/loghook/collector-config/auth0-webhooks.yaml"],
      env: {
        AUTH0_DOMAIN: "acme.eu.auth0.com",
        AUTH0_CLIENT_ID: "client",
        AUTH0_CLIENT_SECRET: "secret",
        WEBHOOK_URL: "https://hooks.example.com/",
      },
      prints: ["auth0-webhooks.yaml is valid."],
    },
  ];
}

export async function checkCommand(project: string, { args, env, prints }: Command): Promise<void> {
  const printed = await runIn(project, ["npx", "loghook", ...args], env);
  refuse(prints.filter((words) => !printed.includes(words)).map((words) => `It did not print: ${words}`));
}

/** @throws {Error} when the tarball has not every config of collector-config/ */
export function checkShippedConfigs({ files }: PackedPackage): void {
  const configs = globSync("collector-config/**/*.*", { cwd: workspaceRoot });
  refuse(configs.filter((config) => !files.includes(config)).map((config) => `${config} is not shipped`));
}
