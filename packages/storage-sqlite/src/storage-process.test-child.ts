import { openStorage } from "./index.ts";
import { uidOf } from "./settlement.test-kit.ts";

/** Settles entries by their numbers, with a checkpoint behind each commit. */
export interface Settling {
  readonly lane: string;
  readonly from: number;
  readonly to: number;
  readonly perCommit: number;
}

/** What the parent may ask for. */
export type Request = { readonly key: string; readonly value: string } | Settling;

/** What the child says: first how the opening went, then what is durable. */
export type Report =
  | { readonly opened: true }
  | { readonly opened: false; readonly name: string; readonly message: string; readonly remedy: string }
  | { readonly stored: string }
  | { readonly failed: string };

const [, , directory = "", user] = process.argv;
// Root may write everywhere, so whoever is to be refused must not be root.
if (user === "nobody" && process.getuid?.() === 0) process.seteuid?.(65_534);

const tell = (report: Report): void => void process.send?.(report);

try {
  const storage = await openStorage({ directory });

  async function settle({ lane, from, to, perCommit }: Settling): Promise<void> {
    for (let first = from; first <= to; first += perCommit) {
      const last = Math.min(first + perCommit - 1, to);
      const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      const time = Date.now();
      storage.ledger?.note(
        lane,
        numbers.map((n) => ({ uid: uidOf(n), time, as: "delivered" as const })),
      );
      await storage.client(lane).set("checkpoint", uidOf(last));
      tell({ stored: uidOf(last) });
    }
  }

  async function act(request: Request): Promise<void> {
    if ("lane" in request) return await settle(request);
    await storage.client("child").set(request.key, request.value);
    tell({ stored: request.key });
  }

  process.on("message", (request: Request) => {
    act(request).catch((error: Error) => tell({ failed: error.message }));
  });
  tell({ opened: true });
} catch (error) {
  const { name, message, remedy } = error as Error & { remedy: string };
  tell({ opened: false, name, message, remedy });
  process.disconnect?.();
}
