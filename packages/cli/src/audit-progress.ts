import type { AuditProgress, Logger } from "@loghook/pipeline";
import type { Io } from "./io.ts";
import { printable } from "./terminal-text.ts";
import { entries } from "./wording.ts";

export interface AuditProgressLine extends Disposable {
  onProgress(progress: AuditProgress): void;
  /** For what the components of the audit have to say: warnings and errors, on stderr. */
  readonly logger: Logger;
}

/** How far the listing is, on one line of stderr that is gone at the end. Nothing but warnings where no terminal is. */
export function auditProgressLine({ stderr }: Pick<Io, "stderr">): AuditProgressLine {
  const isShown = stderr.isTTY === true;
  const clear = (): void => void (isShown && stderr.write("\r\u001B[K"));
  const tell = (_fields: object, message: string): void => {
    clear();
    stderr.write(`${printable(message)}\n`);
  };
  return {
    onProgress({ receiver, listed }) {
      if (isShown) stderr.write(`\r\u001B[KListing ${printable(receiver)}: ${entries(listed)}`);
    },
    logger: { debug() {}, info() {}, warn: tell, error: tell },
    [Symbol.dispose]: clear,
  };
}
