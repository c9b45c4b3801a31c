import { openStorage } from "./index.ts";

/** What the parent may ask for. */
export type Request = { readonly key: string; readonly value: string };

/** What the child says: first how the opening went, then each value that is durable. */
export type Report =
  | { readonly opened: true }
  | { readonly opened: false; readonly name: string; readonly message: string; readonly remedy: string }
  | { readonly stored: string };

const [, , directory = "", user] = process.argv;
// Root may write everywhere, so whoever is to be refused must not be root.
if (user === "nobody" && process.getuid?.() === 0) process.seteuid?.(65_534);

const tell = (report: Report): void => void process.send?.(report);

try {
  const storage = await openStorage({ directory });
  process.on("message", async ({ key, value }: Request) => {
    await storage.client("child").set(key, value);
    tell({ stored: key });
  });
  tell({ opened: true });
} catch (error) {
  const { name, message, remedy } = error as Error & { remedy: string };
  tell({ opened: false, name, message, remedy });
  process.disconnect?.();
}
