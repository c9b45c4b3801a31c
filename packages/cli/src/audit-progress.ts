import { type AuditProgress, type AuditRetry, asSentence, type Logger } from "@loghook/pipeline";
import type { Io } from "./io.ts";
import { printable } from "./terminal-text.ts";
import { entries, span } from "./wording.ts";

export interface AuditProgressLine extends Disposable {
  onProgress(progress: AuditProgress): void;
  onRetry(receiver: string, retry: AuditRetry): void;
  /** For what the components of the audit have to say: warnings and errors, on stderr. */
  readonly logger: Logger;
}

/** How far the listing is, on one line of stderr that is gone at the end. Without a terminal only warnings and waits. */
export function auditProgressLine({ stderr }: Pick<Io, "stderr">): AuditProgressLine {
  const isShown = stderr.isTTY === true;
  const clear = (): void => void (isShown && stderr.write("\r\u001B[K"));
  const line = (text: string): void => {
    clear();
    stderr.write(`${printable(text)}\n`);
  };
  const tell = (_fields: object, message: string): void => line(message);
  return {
    onProgress({ receiver, listed }) {
      if (isShown) stderr.write(`\r\u001B[KListing ${printable(receiver)}: ${entries(listed)}`);
    },
    onRetry(receiver, { error, delayMs }) {
      line(`${receiver}: ${asSentence(error.message)} Trying again in ${span(delayMs)}.`);
    },
    logger: { debug() {}, info() {}, warn: tell, error: tell },
    [Symbol.dispose]: clear,
  };
}
