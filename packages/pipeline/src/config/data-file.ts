import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { ConfigError } from "../errors.ts";
import { type ConfigPath, readConfigDocument } from "./config-document.ts";
import { checkAgainstSchema } from "./config-schema.ts";
import { madeOf } from "./invalid-config.ts";

/** A YAML or JSON file that holds data beside a config, with the place of everything in it. */
export interface DataFile<T> {
  readonly data: T;
  /** Notes something that is wrong and that the schema cannot see. The message goes on from the path. */
  problem(path: ConfigPath, message: string): void;
  /** @throws {InvalidConfigError} when something was noted */
  check(): void;
}

/**
 * Reads a file as it is: unlike in a config file nothing is put in for `${…}`, and empty texts are texts.
 *
 * @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with everything that the schema refuses
 */
export async function loadDataFile<T>(file: string, schema: z.ZodType<T>): Promise<DataFile<T>> {
  const document = readConfigDocument(await read(file), { file, env: {}, isLiteral: true });
  const data = madeOf(document, checkAgainstSchema(schema, document, []));
  return {
    data,
    problem: (path, message) => void document.problem(path, message),
    check: () => void madeOf(document, data),
  };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ConfigError(`The file ${file} cannot be read.`, { cause: error });
  }
}
