import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import type { Settlement } from "@loghook/pipeline";

/** How records were settled, by their uids, in the order in which they were read. */
export type Settled = ReadonlyMap<string, Outcome>;

export type Outcome = Pick<Settlement, "as" | "by">;

interface Head {
  readonly outcomes: readonly Outcome[];
  /** A character for each uid: the place of its outcome, counted from "0". */
  readonly codes: string;
  /** Of uids that are equally long and of plain characters. They stand behind the head, in columns. */
  readonly width?: number;
  /** Any others. */
  readonly uids?: readonly string[];
}

const firstCode = 48;

/** Below this, making them smaller is not worth the time: such rows are soon joined. */
const plainEntries = 8;

/** In columns there are runs and nothing else to find: it is quicker to look for these alone, and smaller. */
const forColumns: ZlibOptions = { strategy: constants.Z_RLE, windowBits: 13, memLevel: 6 };
const forTexts: ZlibOptions = { level: 1 };

/**
 * Settlements in few bytes, to be kept for days. Uids of one source are mostly equally long numbers that go up: written
 * in columns, their leading digits become runs of one digit, and deflate has to write little more than the digits that
 * nobody can foretell.
 */
export function pack(settled: Settled): Uint8Array {
  const places = new Map<string, number>();
  const outcomes: Outcome[] = [];
  let codes = "";
  for (const { as, by } of settled.values()) {
    const name = by === undefined ? as : `${as} ${by}`;
    const place = places.get(name) ?? outcomes.push({ as, by }) - 1;
    places.set(name, place);
    codes += String.fromCharCode(firstCode + place);
  }
  const uids = [...settled.keys()];
  const columns = toColumns(uids);
  const layout = columns ? { width: columns.length / uids.length } : { uids };
  const head: Head = { outcomes, codes, ...layout };
  const text = Buffer.from(`${JSON.stringify(head)}\n`);
  const bytes = columns ? Buffer.concat([text, columns]) : text;
  return settled.size < plainEntries ? bytes : deflateRawSync(bytes, columns ? forColumns : forTexts);
}

/** @param entries how many were packed */
export function unpack(packed: Uint8Array, entries: number): Map<string, Outcome> {
  const bytes = entries < plainEntries ? Buffer.from(packed) : inflateRawSync(packed);
  const end = bytes.indexOf(10); // JSON writes no line feed as it is
  const { outcomes, codes, width, uids } = JSON.parse(bytes.toString("utf8", 0, end)) as Head;
  const list = uids ?? fromColumns(bytes.subarray(end + 1), width ?? 0);
  const settled = new Map<string, Outcome>();
  for (const [index, uid] of list.entries()) {
    settled.set(uid, outcomes[codes.charCodeAt(index) - firstCode] as Outcome);
  }
  return settled;
}

/** All first characters, then all second ones; undefined where the texts are not of one kind. */
function toColumns(texts: readonly string[]): Buffer | undefined {
  const joined = texts.join("");
  const width = texts[0]?.length ?? 0;
  const bytes = Buffer.from(joined);
  // As many bytes as characters: each is one byte.
  const isPlain = width > 0 && bytes.length === joined.length;
  if (!isPlain || texts.some((text) => text.length !== width)) return undefined;
  const columns = Buffer.allocUnsafe(bytes.length);
  let at = 0;
  for (let column = 0; column < width; column++) {
    for (let from = column; from < bytes.length; from += width) columns[at++] = bytes[from] as number;
  }
  return columns;
}

function fromColumns(columns: Uint8Array, width: number): string[] {
  const rows = columns.length / width;
  const bytes = Buffer.allocUnsafe(columns.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let from = row; from < columns.length; from += rows) bytes[at++] = columns[from] as number;
  }
  const joined = bytes.toString("latin1");
  return Array.from({ length: rows }, (_, row) => joined.slice(row * width, (row + 1) * width));
}
