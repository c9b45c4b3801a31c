import { styleText } from "node:util";
import type { Io, Terminal } from "./io.ts";

/** Colours and weights as `styleText` names them: `red`, `bold`, `["red", "bold"]`. */
type Format = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it as it is where nobody would see the colour. */
export type Paint = (format: Format, text: string) => string;

/**
 * @param env NO_COLOR, if set to anything, turns colours off (https://no-color.org), as does `TERM=dumb`
 */
export function painter(terminal: Terminal, env: Io["env"]): Paint {
  const coloured = terminal.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  // validateStream: styleText would look at the process's own stdout.
  return (format, text) => (coloured ? styleText(format, text, { validateStream: false }) : text);
}

/** A text from elsewhere, on one line and without the characters that could steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/**
 * A value as JSON that can be shown on a terminal. Every command prints its JSON this way.
 *
 * @param space as `JSON.stringify` takes it
 */
export function toJson(value: unknown, space?: number): string {
  return escapeInvisible(JSON.stringify(value, null, space));
}

/** JSON leaves some of the characters as they are with which a text from elsewhere could steer a terminal. */
export function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? character : toUnicodeEscapes(character),
  );
}

function toUnicodeEscapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
