// Writes until the disk takes no more, and says what became of it.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStorage } from "./index.ts";
import { lane, uidOf } from "./settlement.test-kit.ts";

const [, , directory = ""] = process.argv;
const client = "lane";
// Something to make room with.
const ballast = join(directory, "ballast");
writeFileSync(ballast, Buffer.alloc(50_000));

async function fill(): Promise<{ rejected: string; settled: number }> {
  await using storage = await openStorage({ directory });
  await storage.client(client).set("first", "1");
  for (let n = 1; ; n++) {
    storage.ledger?.note(lane, [{ uid: uidOf(n), time: Date.now(), as: "delivered" }]);
    try {
      await storage.client(client).set("filling", `${n} `.repeat(5_000));
      await storage.client(client).set("checkpoint", String(n));
    } catch (error) {
      return { rejected: (error as Error).message, settled: n };
    }
  }
}

async function isUsable(): Promise<boolean> {
  await using storage = await openStorage({ directory });
  await storage.client(client).set("filling", "");
  return (await storage.client(client).get("filling")) === "";
}

const { rejected, settled } = await fill();
rmSync(ballast);
const worksWithRoomAgain = await isUsable();
await using storage = await openStorage({ directory, readOnly: true });
const checkpoint = Number(await storage.client(client).get("checkpoint"));
const part = await storage.ledger?.read(lane);
const upTo = Array.from({ length: checkpoint }, (_, index) => part?.get(uidOf(index + 1)));
process.stdout.write(
  JSON.stringify({
    rejected,
    firstSurvives: (await storage.client(client).get("first")) === "1",
    ledgerIsNotBehind: checkpoint > 0 && checkpoint <= settled && upTo.every((known) => known !== undefined),
    worksWithRoomAgain,
  }),
);
