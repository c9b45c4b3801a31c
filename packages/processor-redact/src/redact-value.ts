import type { ActionName, Note, TextActions } from "./actions.ts";
import { asJson, isContainer, jsonOf, removed, textOf, withValues } from "./containers.ts";
import { mask } from "./mask.ts";

export type RedactingAction = Exclude<ActionName, "keep">;

/** @param note told of each text in the value */
export type RedactValue = (given: unknown, action: RedactingAction, note: Note) => unknown;

/**
 * Does an action to a value: to each item of a list, to an object as a whole. What says nothing (null, an empty text)
 * stays, unless it is removed.
 */
export function createRedactValue(actions: TextActions): RedactValue {
  function noteTexts(given: unknown, action: RedactingAction, note: Note): void {
    const value = asJson(given);
    if (typeof value === "string") actions[action](value, note);
    if (!isContainer(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      // Of keys only such as are no names of fields.
      if (/[@|]/.test(key)) actions[action](key, note);
      noteTexts(inner, action, note);
    }
  }

  return function redactValue(given, action, note): unknown {
    const value = asJson(given);
    if (action === "remove") {
      noteTexts(value, action, note);
      return removed;
    }
    if (value === null || value === undefined || value === "") return given;
    if (typeof value === "string") return actions[action](value, note);
    if (Array.isArray(value) || (action === "scrub" && isContainer(value))) {
      const after: unknown[] = [];
      for (const item of Object.values(value)) after.push(redactValue(item, action, note));
      return withValues(value, after);
    }
    if (action === "scrub") return given;
    if (!isContainer(value)) return actions[action](textOf(value), ignore);
    noteTexts(value, action, note);
    return action === "mask" || action === "truncate_ip" ? mask : actions[action](jsonOf(value), ignore);
  };
}

const ignore: Note = (_text, replacement) => replacement;
