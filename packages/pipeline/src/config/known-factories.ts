import type { ComponentFactory } from "../component.ts";
import { type LoadConfigOptions, readConfigText } from "./config.ts";
import { readConfigDocument } from "./config-document.ts";
import { madeOf } from "./invalid-config.ts";
import { loadEvery } from "./lazy-factories.ts";
import { withOwnComponents } from "./own-components.ts";

/**
 * Everything that a config file can name: what the host has, and the file's own `components`. Whatever else is wrong
 * with the file does not matter here.
 *
 * @throws {ConfigError} when the file cannot be read, {InvalidConfigError} with what is wrong with `components`
 */
export async function loadFactories(options: LoadConfigOptions): Promise<readonly ComponentFactory[]> {
  const document = readConfigDocument(await readConfigText(options.file), options);
  const { file } = options;
  const factories = await loadEvery(options.factories);
  const found = await withOwnComponents(document, { file, factories });
  const problems = document.problems.filter(({ path }) => path === "" || path.startsWith("components"));
  return madeOf({ ...document, problems }, found);
}
