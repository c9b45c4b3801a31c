import type { Logger } from "@loghook/pipeline";

export interface Said {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps what it is told. */
export function remember(): Logger & { readonly said: Said[] } {
  const said: Said[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void said.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), said };
}
