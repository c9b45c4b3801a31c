import {
  asSentence,
  ConfigError,
  loadConfigFile,
  type ParkedRecord,
  type Storage,
  sendParked,
} from "@loghook/pipeline";
import { type Command, Option } from "commander";
import { factories } from "./components.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { wholeNumber } from "./option-values.ts";
import { findPlace, type ParkedPlace, type PlaceOptions, placeOfConfig, select } from "./parked-place.ts";
import { describeNothing, describeOne, describeParked, describeSent, parkedAsJson } from "./parked-report.ts";
import type { AddCommand } from "./program.ts";
import { printable } from "./terminal-text.ts";
import { entries, span } from "./wording.ts";

type AddPart = (parked: Command, io: Io, end: (code: ExitCode) => void) => void;

interface WhichOptions extends PlaceOptions {
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
(on_rejected: park). It stays until it is sent again or discarded, or its lane delivers it after all. All of this works
while loghook runs.

list, show and discard look into --directory, or with --config into the storage of that config; what they print says where
they looked. send tries each entry once, however many are refused again; a destination that fails is tried again as in a
run, and what is left then stays parked.

Exit codes: 0 done, also where nothing is parked; 65 some of the named entries are not parked (stderr names them; the
others were dealt with); 75 send could not deliver all, try again later; 78 something is wrong with the config, there is
no storage, or no such lane; 1 a bug.

Examples:
  $ loghook parked
  $ loghook parked --config /etc/loghook/loghook.yaml
  $ loghook parked show 90020261101090000123456000000000000001223372036854775
  $ loghook parked send --config loghook.yaml               # all
  $ loghook parked send --config loghook.yaml --lane logs/auth0/webhook
  $ loghook parked discard 90020261101090000123456000000000000001223372036854775
  $ loghook parked discard --all --yes`;

const whichOptions = (command: Command): Command =>
  command
    .option("-d, --directory <path>", "the directory of extensions.sqlite_storage", ".loghook")
    .addOption(
      new Option("-c, --config <file>", "look into the storage of this config instead").conflicts(
        "directory",
      ),
    )
    .option("--lane <lane>", "of this lane alone: pipeline/receiver/exporter");

const addList: AddPart = (parked, io) => {
  whichOptions(parked.command("list", { isDefault: true }))
    .description("how many, why, and the newest of them")
    .option("-n, --limit <number>", "how many rows at most", wholeNumber(1, 1_000_000), 20)
    .option("--json", "print a JSON array of all, oldest first, with the whole records")
    .action(async ({ limit, json, ...which }: WhichOptions & { limit: number; json?: true }) => {
      const { place, found } = await lookUp(io, which);
      if (json) io.stdout.write(parkedAsJson(found));
      else if (found.length > 0) io.stdout.write(describeParked(found, { io, limit }));
      else io.stdout.write(describeNothing({ ...which, place }));
    });
};

const addShow: AddPart = (parked, io, end) => {
  whichOptions(parked.command("show"))
    .description("one entry as it would be sent, the reason, and what the destination answered")
    .argument("<id>", "its log_id, as the list shows it")
    .option("--json", "print a JSON array with everything that is kept of it, in each lane")
    .action(async (uid: string, { json, ...which }: WhichOptions & { json?: true }) => {
      const { place, found } = await lookUp(io, which, [uid]);
      if (tellMissing(io, { ids: [uid], found, ...which, place })) end(exitCodes.notParked);
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
      const place = placeOfConfig(config, io.stop);
      const outcomes = await sendParked(config, {
        lane,
        uids: ids.length > 0 ? ids : undefined,
        signal: io.stop,
        onRetry(of, { error, delayMs }) {
          io.stderr.write(
            `${printable(of)}: ${printable(asSentence(error.message))} Trying again in ${span(delayMs)}.\n`,
          );
        },
      });
      const found = outcomes.flatMap(({ delivered, refused, left }) => [...delivered, ...refused, ...left]);
      if (tellMissing(io, { ids, found, lane, place })) end(exitCodes.notParked);
      else if (found.length === 0) io.stdout.write(describeNothing({ lane, place }));
      io.stdout.write(outcomes.map(describeSent).join(""));
      if (outcomes.some(({ refused, left }) => refused.length + left.length > 0))
        end(exitCodes.tryAgainLater);
    });
};

const addDiscard: AddPart = (parked, io, end) => {
  whichOptions(parked.command("discard"))
    .description("give entries up: they are not kept any more, and not delivered")
    .argument("[ids...]", "which")
    .option("--all", "all, or all of --lane; asks for --yes")
    .option("--yes", "with --all: yes, all of them")
    .action(async (ids: string[], { all, yes, ...which }: WhichOptions & { all?: true; yes?: true }) => {
      refuseVagueness(ids, { all, yes });
      const place = await findPlace(which, io);
      await using storage = await place.open({ mayRemoveParked: true });
      const found = await select({ ...which, storage, place, uids: all ? undefined : ids });
      await discard(storage, found);
      if (tellMissing(io, { ids, found, ...which, place })) end(exitCodes.notParked);
      else if (found.length === 0) io.stdout.write(describeNothing({ ...which, place }));
      if (found.length > 0) io.stdout.write(`${entries(found.length)} discarded.\n`);
    });
};

function refuseVagueness(
  ids: readonly string[],
  { all, yes }: { all: true | undefined; yes: true | undefined },
): void {
  if (ids.length > 0 === Boolean(all)) {
    throw new ConfigError("Say which entries to discard.", { remedy: "Name their ids, or say --all --yes." });
  }
  if (all && !yes) {
    throw new ConfigError("Discarded entries cannot be brought back.", {
      remedy: "Look at them with `loghook parked`, then say --all --yes.",
    });
  }
}

async function lookUp(
  io: Io,
  which: WhichOptions,
  uids?: readonly string[],
): Promise<{ place: ParkedPlace; found: ParkedRecord[] }> {
  const place = await findPlace(which, io);
  await using storage = await place.open({ mayRemoveParked: false });
  return { place, found: await select({ ...which, storage, place, uids }) };
}

async function discard({ parked }: Storage, found: readonly ParkedRecord[]): Promise<void> {
  for (const [lane, records] of Map.groupBy(found, (record) => record.lane)) {
    await parked.remove(
      lane,
      records.map(({ uid }) => uid),
    );
  }
}

interface Named {
  readonly ids: readonly string[];
  readonly found: readonly { readonly uid: string }[];
  readonly lane?: string | undefined;
  readonly place: ParkedPlace;
}

/** Says which of the named entries are not parked, and whether there are any. */
function tellMissing({ stderr }: Io, { ids, found, lane, place }: Named): boolean {
  const missing = new Set(ids).difference(new Set(found.map(({ uid }) => uid)));
  if (missing.size === 0) return false;
  const of = lane === undefined ? "" : ` of ${lane}`;
  stderr.write(`${printable(`Not parked${of} in ${place.name}: ${[...missing].join(", ")}.`)}\n`);
  return true;
}
