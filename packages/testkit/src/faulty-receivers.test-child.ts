// Receivers with a fault each. contract-faults.test.ts looks at what the suite says about them.
import { type Delivery, type ReceiveOptions, untilAborted } from "@loghook/pipeline";
import { memorySource } from "./memory-receiver.test-kit.ts";
import { type MemoryReceiver, memoryReceiver } from "./memory-receiver.ts";
import { receiverContract } from "./receiver-contract.ts";

type Receive = (sound: MemoryReceiver, options: ReceiveOptions) => AsyncIterable<Delivery>;

function faulty(fault: string, receive: Receive): void {
  receiverContract(fault, (entries) =>
    memorySource(entries, (options) => {
      const sound = memoryReceiver(options);
      return { ...sound, receive: (how) => receive(sound, how) };
    }),
  );
}

/** Every delivery changed a little. */
const changed = (change: (delivery: Delivery) => Partial<Delivery>): Receive =>
  async function* (sound, options) {
    for await (const delivery of sound.receive(options)) yield { ...delivery, ...change(delivery) };
  };

faulty(
  "settles whole deliveries only",
  changed((delivery) => ({ ack: () => delivery.ack() })),
);

faulty(
  "keeps no checkpoint",
  changed(() => ({ ack: async () => {} })),
);

faulty(
  "has caught up all the time",
  changed(() => ({ caughtUp: true })),
);

faulty(
  "makes numbers of the uids",
  changed(({ batch }) => ({
    batch: batch.map((record) => {
      const uid = Number(record.attributes["log.record.uid"]);
      return { ...record, attributes: { "log.record.uid": uid } };
    }),
  })),
);

faulty("keeps one checkpoint for all lanes", (sound, options) =>
  sound.receive({ ...options, lane: "the lane" }),
);

faulty("rejects when it is stopped", async function* (sound, options) {
  yield* sound.receive(options);
  options.signal.throwIfAborted();
});

faulty("does not hear the signal", (sound, options) =>
  sound.receive({ ...options, signal: new AbortController().signal }),
);

faulty("does not follow", async function* (sound, options) {
  yield* sound.receive({ ...options, follow: false });
  if (options.follow) await untilAborted(new Promise(() => {}), options.signal).catch(() => {});
});

faulty("fills one array again and again", async function* (sound, options) {
  const page: Delivery["batch"][number][] = [];
  for await (const { batch, caughtUp, ack } of sound.receive(options)) {
    page.splice(0, page.length, ...batch);
    yield { batch: page, caughtUp, ack };
  }
});

faulty("forgets acknowledgements that come late", async function* (sound, options) {
  let isOver = false;
  try {
    for await (const delivery of sound.receive(options)) {
      yield {
        ...delivery,
        ack: async (count) => {
          if (!isOver) await delivery.ack(count);
        },
      };
    }
  } finally {
    isOver = true;
  }
});

const position = { isTaken: false };
faulty("gives an entry to whoever comes first", async function* (sound, options) {
  if (position.isTaken) return;
  position.isTaken = true;
  try {
    yield* sound.receive(options);
  } finally {
    position.isTaken = false;
  }
});
