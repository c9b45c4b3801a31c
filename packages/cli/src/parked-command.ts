import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, loadConfigFile, type ParkedRecord, type Storage, sendParked } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import type { Command } from "commander";
import { factories } from "./components.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { wholeNumber } from "./option-values.ts";
import { describeOne, describeParked, describeSent, parkedAsJson } from "./parked-report.ts";
import type { AddCommand } from "./program.ts";
import { printable } from "./terminal-text.ts";
import { entries, span } from "./wording.ts";

type AddPart = (parked: Command, io: Io, end: (code: ExitCode) => void) => void;

interface WhichOptions {
  readonly directory: string;
  readonly lane?: string;
}

/** `loghook parked`: the entries that destinations refused. */
export const addParkedCommand: AddCommand = (program, io, end) => {
  const parked = program
    .command("parked")
    .description("show entries that destinations refused, send them again, or discard them")
    .addHelpText("after", help);
  for (const add of [addList, addShow, addSend, addDiscard]) add(parked, io, end);
};

const help = `
An entry that a destination refuses also when it comes alone is parked: kept with the reason, so that the others go on
(on_rejected: park). It stays until it is sent again or discarded. All of this works while loghook runs.

Exit codes: 0 done, 75 send could not deliver all (try again later), 78 something is wrong with the config or the ids,
1 a bug.

Examples:
  $ loghook parked
  $ loghook parked show 90020261101090000123456000000000000001223372036854775
  $ loghook parked send --config loghook.yaml               # all
  $ loghook parked send --config loghook.yaml --lane logs/auth0/webhook
  $ loghook parked discard 90020261101090000123456000000000000001223372036854775
  $ loghook parked discard --all --yes`;

const whichOptions = (command: Command): Command =>
  command
    .option("-d, --directory <path>", "the directory of extensions.sqlite_storage", ".loghook")
    .option("--lane <lane>", "of this lane alone: pipeline/receiver/exporter");

const addList: AddPart = (parked, io) => {
  whichOptions(parked.command("list", { isDefault: true }))
    .description("how many, why, and the newest of them")
    .option("-n, --limit <number>", "how many rows at most", wholeNumber(1, 1_000_000), 20)
    .option("--json", "print a JSON array of all, oldest first, with the whole records")
    .action(async ({ limit, json, ...which }: WhichOptions & { limit: number; json?: true }) => {
      const found = await lookUp(which);
      io.stdout.write(json ? parkedAsJson(found) : describeParked(found, { io, limit }));
    });
};

const addShow: AddPart = (parked, io) => {
  whichOptions(parked.command("show"))
    .description("one entry as it would be sent, the reason, and what the destination answered")
    .argument("<id>", "its log_id, as the list shows it")
    .option("--json", "print a JSON array with everything that is kept of it, in each lane")
    .action(async (uid: string, { json, ...which }: WhichOptions & { json?: true }) => {
      const found = await lookUp(which, uid);
      if (found.length === 0) throw notParked([uid]);
      io.stdout.write(json ? parkedAsJson(found) : found.map(describeOne).join("\n"));
    });
};

interface SendOptions {
  readonly config: string;
  readonly lane?: string;
}

const addSend: AddPart = (parked, io, end) => {
  parked
    .command("send")
    .description("deliver again, through the exporters as the config has them now")
    .argument("[ids...]", "which; default: all")
    .option("-c, --config <file>", "the config file, as in run", "loghook.yaml")
    .option("--lane <lane>", "of this lane alone: pipeline/receiver/exporter")
    .action(async (ids: string[], { config: file, lane }: SendOptions) => {
      const config = await loadConfigFile({ file, factories, env: io.env });
      const outcomes = await sendParked(config, {
        lane,
        uids: ids.length > 0 ? ids : undefined,
        signal: io.stop,
        onRetry(of, { error, delayMs }) {
          io.stderr.write(
            `${printable(of)}: ${printable(error.message)} Trying again in ${span(delayMs)}.\n`,
          );
        },
      });
      if (ids.length > 0 && outcomes.length === 0) throw notParked(ids);
      io.stdout.write(outcomes.length > 0 ? outcomes.map(describeSent).join("") : "Nothing is parked.\n");
      const isDone = outcomes.every(({ refused, left }) => refused.length + left.length === 0);
      end(isDone ? exitCodes.done : exitCodes.tryAgainLater);
    });
};

const addDiscard: AddPart = (parked, io) => {
  whichOptions(parked.command("discard"))
    .description("give entries up: they are not kept any more, and not delivered")
    .argument("[ids...]", "which")
    .option("--all", "all, or all of --lane; asks for --yes")
    .option("--yes", "with --all: yes, all of them")
    .action(async (ids: string[], options: WhichOptions & { all?: true; yes?: true }) => {
      refuseVagueness(ids, options);
      const discarded = await discard(options, ids);
      if (ids.length > 0 && discarded === 0) throw notParked(ids);
      io.stdout.write(`${entries(discarded)} discarded.\n`);
    });
};

function refuseVagueness(ids: readonly string[], { all, yes }: { all?: true; yes?: true }): void {
  if (ids.length > 0 === Boolean(all)) {
    throw new ConfigError("Say which entries to discard.", { remedy: "Name their ids, or say --all --yes." });
  }
  if (all && !yes) {
    throw new ConfigError("Discarded entries cannot be brought back.", {
      remedy: "Look at them with `loghook parked`, then say --all --yes.",
    });
  }
}

async function discard({ directory, lane }: WhichOptions, ids: readonly string[]): Promise<number> {
  if (!hasStorage(directory)) return 0;
  await using storage = await openStorage({ directory, beside: true });
  const found = await select(storage, { lane, uids: ids.length > 0 ? ids : undefined });
  let discarded = 0;
  for (const [of, records] of Map.groupBy(found, (record) => record.lane)) {
    discarded += await storage.parked.remove(
      of,
      records.map(({ uid }) => uid),
    );
  }
  return discarded;
}

async function lookUp({ directory, lane }: WhichOptions, uid?: string): Promise<ParkedRecord[]> {
  if (!hasStorage(directory)) return [];
  await using storage = await openStorage({ directory, readOnly: true });
  return await select(storage, { lane, uids: uid === undefined ? undefined : [uid] });
}

async function select(
  { parked }: Storage,
  { lane, uids }: { lane: string | undefined; uids: readonly string[] | undefined },
): Promise<ParkedRecord[]> {
  if (!uids) return await parked.list({ lane });
  return (await Promise.all(uids.map((uid) => parked.list({ lane, uid })))).flat();
}

const hasStorage = (directory: string): boolean => existsSync(join(directory, "loghook.db"));

function notParked(ids: readonly string[]): ConfigError {
  const named = ids.length === 1 ? `The entry ${ids[0]} is not parked` : "None of these entries is parked";
  return new ConfigError(`${named}.`, {
    remedy: "`loghook parked` shows what is; --directory looks elsewhere.",
  });
}
