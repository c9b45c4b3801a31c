/** The part of pino's interface that components use: fields first, then one fixed sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ignore = (): void => {};

/** Says nothing. For tests and for embedding. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
