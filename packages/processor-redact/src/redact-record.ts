import { changedRecord, type LogBatch } from "@loghook/pipeline";
import { createTextActions } from "./actions.ts";
import type { RedactConfig } from "./config.ts";
import { asJson, isContainer, removed, withValues } from "./containers.ts";
import type { Places } from "./path-matcher.ts";
import { createRedactValue, type RedactingAction } from "./redact-value.ts";
import { createRuleBook, noRule } from "./rule-book.ts";
import { createSweep, noSweep, type Sweep } from "./sweep.ts";
import { createTaken, type Taken } from "./taken.ts";

type LogRecord = LogBatch[number];

/** A value's place. */
interface Spot {
  /** How far the paths have come. */
  readonly places: Places;
  /** The rule that decides here; `noRule` where there is none. */
  readonly rule: number;
}

/**
 * Takes a record through the rules twice: first to learn what they take out, then to take it out, there and wherever
 * else it stands.
 *
 * @returns the very record where nothing changes, else a copy that shares with it whatever stays the same
 */
export function createRedactRecord(config: RedactConfig): (record: LogRecord) => LogRecord {
  const book = createRuleBook(config.rules);
  const redactValue = createRedactValue(createTextActions(config));

  /** Undefined: the value stays, but for what is inside. */
  function actionAt({ rule }: Spot): RedactingAction | undefined {
    const action = rule === noRule ? "keep" : book.actionOf(rule);
    return action === "keep" ? undefined : action;
  }

  function spot(value: unknown, places: Places, limit: number): Spot {
    return { places, rule: book.paths.firstRule(places, isContainer(value) ? "container" : "leaf", limit) };
  }

  /** Within what a rule keeps, only earlier rules count. */
  function inside({ places, rule }: Spot, key: string, value: unknown): Spot {
    return spot(asJson(value), book.paths.step(places, key), rule);
  }

  /** @returns whether a rule changes anything */
  function find(given: unknown, at: Spot, taken: Taken): boolean {
    const value = asJson(given);
    const action = actionAt(at);
    if (action) return redactValue(value, action, taken.noteFor(at.rule)) !== value;
    if (!isContainer(value)) return false;
    let found = false;
    for (const [key, inner] of Object.entries(value)) {
      if (find(inner, inside(at, key, inner), taken)) found = true;
    }
    return found;
  }

  // One function, so that a body may be nested as deeply as JSON.stringify can write it.
  function redact(given: unknown, at: Spot, sweep: Sweep): unknown {
    const value = asJson(given);
    const action = actionAt(at);
    const left = action ? redactValue(value, action, (text, by) => sweep.whole(text) ?? by) : value;
    if (left === removed) return removed;
    // What a rule leaves may hold what another rule took; what a rule keeps is kept from the sweep, too.
    const swept = action || at.rule === noRule ? sweep : noSweep;
    let after = left;
    if (typeof left === "string") after = swept.text(left);
    if (isContainer(left)) {
      const values: unknown[] = [];
      for (const [key, inner] of Object.entries(left)) {
        values.push(redact(inner, inside(action ? nowhere : at, key, inner), sweep));
      }
      after = withValues(left, values, swept.key);
    }
    return Object.is(after, value) ? given : after;
  }

  function bodySpot({ body }: LogRecord): Spot {
    return spot(asJson(body), book.paths.root, noRule);
  }

  function attributeSpot(name: string): Spot {
    return { ...nowhere, rule: book.attributeRule(name) };
  }

  return (record) => {
    const { body, attributes } = record;
    const taken = createTaken();
    const found = [
      find(body, bodySpot(record), taken),
      ...Object.entries(attributes).map(([name, value]) => find(value, attributeSpot(name), taken)),
    ];
    if (!found.includes(true)) return record;
    const sweep = config.everywhere ? createSweep(taken.replacements()) : noSweep;
    const newBody = redact(body, bodySpot(record), sweep);
    const newValues = Object.entries(attributes).map(([name, value]) =>
      redact(value, attributeSpot(name), sweep),
    );
    const newAttributes = withValues(attributes, newValues);
    if (newBody === body && newAttributes === attributes) return record;
    return changedRecord(record, {
      body: newBody === removed ? undefined : newBody,
      attributes: newAttributes,
    } as Pick<LogRecord, "body" | "attributes">);
  };
}

const nowhere: Spot = { places: new Set(), rule: noRule };
