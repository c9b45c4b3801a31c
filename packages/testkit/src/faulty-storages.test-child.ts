// Storages with a fault each. contract-faults.test.ts looks at what the suite says about them.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ledger, ParkedRecord, RunRecord, Storage, StorageClient } from "@loghook/pipeline";
import { memoryStorage } from "./memory-storage.ts";
import { storageContract } from "./storage-contract.ts";

/** @param change what differs from a sound one */
function faulty(fault: string, change: (sound: Storage) => Partial<Storage>): void {
  storageContract(fault, () => {
    const sound = memoryStorage();
    return { ...sound, ...change(sound) };
  });
}

faulty("has one name for owner and key together", (sound) => ({
  client: (owner) => {
    const all = sound.client("all");
    const named = (key: string): string => `${owner}/${key}`;
    return {
      get: (key) => all.get(named(key)),
      set: (key, value) => all.set(named(key), value),
      delete: (key) => all.delete(named(key)),
    };
  },
}));

faulty("writes the whole file anew for each value", (sound) => {
  const file = sound.client("file");
  const write = async (change: (values: Record<string, string>) => void): Promise<void> => {
    const values = JSON.parse((await file.get("content")) ?? "{}");
    await nextTurn();
    change(values);
    await file.set("content", JSON.stringify(values));
  };
  const client = (owner: string): StorageClient => ({
    get: async (key) => JSON.parse((await file.get("content")) ?? "{}")[JSON.stringify([owner, key])],
    set: (key, value) =>
      write((values) => void Object.assign(values, { [JSON.stringify([owner, key])]: value })),
    delete: (key) => write((values) => void delete values[JSON.stringify([owner, key])]),
  });
  return { client };
});

faulty("lists all runs, whatever is asked", (sound) => ({
  runs: { ...sound.runs, list: () => sound.runs.list({ limit: 1000 }) },
}));

faulty("adds a run again when it is saved again", (sound) => {
  const ids = new Set<string>();
  const save = async (run: RunRecord): Promise<void> => {
    const id = ids.has(run.id) ? `${run.id} again` : run.id;
    ids.add(id);
    await sound.runs.save({ ...run, id });
  };
  return { runs: { ...sound.runs, save } };
});

faulty("parks one more than it may", ({ parked }) => ({
  parked: { ...parked, add: (record, { atMost }) => parked.add(record, { atMost: atMost + 1 }) },
}));

faulty("refuses what is parked already when it is full", ({ parked }) => ({
  parked: {
    ...parked,
    add: async (record, { atMost }) =>
      (await parked.count(record.lane)) < atMost && (await parked.add(record, { atMost })),
  },
}));

faulty("looks whether there is room, and parks later", ({ parked }) => ({
  parked: {
    ...parked,
    async add(record, { atMost }) {
      const known = await parked.list({ lane: record.lane, uid: record.uid });
      const full = known.length === 0 && (await parked.count(record.lane)) >= atMost;
      await nextTurn();
      return full ? false : await parked.add(record, { atMost: Number.POSITIVE_INFINITY });
    },
  },
}));

faulty("parks a record twice", ({ parked }) => {
  let last = 0;
  const again = new Map<string, string>();
  const named = (record: ParkedRecord): ParkedRecord => ({
    ...record,
    uid: again.get(record.uid) ?? record.uid,
  });
  return {
    parked: {
      ...parked,
      async add(record, options) {
        const isParked = (await parked.list({ lane: record.lane, uid: record.uid })).length > 0;
        const uid = isParked && options.atMost > 10 ? `${record.uid}-${++last}` : record.uid;
        again.set(uid, record.uid);
        return await parked.add({ ...record, uid }, options);
      },
      list: async (which) => (await parked.list(which)).map(named),
    },
  };
});

faulty("lists the newest parked record first", ({ parked }) => ({
  parked: {
    ...parked,
    list: async (which) =>
      (await parked.list({ ...which, limit: undefined })).reverse().slice(0, which?.limit),
  },
}));

faulty("removes a parked record from all lanes", ({ parked }) => ({
  parked: {
    ...parked,
    async remove(lane, uids) {
      const all = await parked.list();
      for (const record of all) {
        if (record.lane !== lane && uids.includes(record.uid)) await parked.remove(record.lane, [record.uid]);
      }
      return await parked.remove(lane, uids);
    },
  },
}));

/** @param change what differs from a sound ledger */
function faultyLedger(fault: string, change: (sound: Ledger) => Partial<Ledger>): void {
  faulty(fault, ({ ledger }) => (ledger ? { ledger: { ...ledger, ...change(ledger) } } : {}));
}

faultyLedger("keeps the first settlement of a record", (sound) => {
  const noted = new Set<string>();
  return {
    note: (lane, settlements) =>
      sound.note(
        lane,
        settlements.filter(({ uid }) => !noted.has(uid) && noted.add(uid)),
      ),
  };
});

faultyLedger("has one ledger for all lanes", (sound) => ({
  note: (_, settlements) => sound.note("all", settlements),
  read: () => sound.read("all"),
}));

faultyLedger("says that it begins with the last that was noted", (sound) => {
  const last = new Map<string, { uid: string; time: number }>();
  return {
    note(lane, settlements) {
      sound.note(lane, settlements);
      const settlement = settlements.at(-1);
      if (settlement) last.set(lane, { uid: settlement.uid, time: settlement.time });
    },
    read: async (lane, options) => ({ ...(await sound.read(lane, options)), begin: last.get(lane) }),
  };
});

faultyLedger("stops at the first record that is older", (sound) => {
  const known = new Map<string, boolean>();
  const noted: { uid: string; time: number }[] = [];
  return {
    note(lane, settlements) {
      sound.note(lane, settlements);
      noted.unshift(...settlements.toReversed());
    },
    async read(lane, { since = 0 } = {}) {
      const part = await sound.read(lane);
      known.clear();
      for (const { uid, time } of noted) {
        if (time < since) break;
        known.set(uid, true);
      }
      return { ...part, get: (uid) => (known.has(uid) ? part.get(uid) : undefined) };
    },
  };
});

faultyLedger("knows the last hundred records", (sound) => {
  const noted: string[] = [];
  return {
    note(lane, settlements) {
      sound.note(lane, settlements);
      noted.push(...settlements.map(({ uid }) => uid));
    },
    async read(lane, options) {
      const part = await sound.read(lane, options);
      const last = new Set(noted.slice(-100));
      return { ...part, get: (uid) => (last.has(uid) ? part.get(uid) : undefined) };
    },
  };
});

storageContract("forgets the ledger when it is closed", {
  start() {
    const kept = memoryStorage();
    return {
      open: () => ({ ...kept, ledger: memoryStorage().ledger }),
      async [Symbol.asyncDispose]() {},
    };
  },
});

storageContract("forgets everything when it is closed", {
  start: () => ({ open: memoryStorage, async [Symbol.asyncDispose]() {} }),
});
