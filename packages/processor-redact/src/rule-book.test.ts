import { attributeMap } from "@loghook/receiver-auth0";
import { expect, test } from "vitest";
import type { ActionName } from "./actions.ts";
import { auth0Attributes } from "./auth0-attributes.ts";
import { parsePath } from "./path.ts";
import { createRuleBook, identity, noRule, type RedactRule } from "./rule-book.ts";

function rule(action: ActionName, paths: string[], attributes: string[] = []): RedactRule {
  return { action, paths: paths.map(parsePath), attributes };
}

/** What happens to an attribute. Undefined: no rule names it. */
function actionFor(name: string, ...rules: RedactRule[]): ActionName | undefined {
  const book = createRuleBook(rules);
  const found = book.attributeRule(name);
  return found === noRule ? undefined : book.actionOf(found);
}

test("knows every attribute that the receiver copies from an entry, and where from", () => {
  const ofEntry = attributeMap.filter(({ source }) => source.includes("`"));
  const copies = ofEntry.filter(({ attribute }) => !identity.attributes.some((name) => name === attribute));
  const sources = copies.map(({ attribute, source }) => [attribute, source.match(/(?<=`)[\w.]+(?=`)/g)]);
  expect(auth0Attributes).toEqual(Object.fromEntries(sources));
});

test("identity is what the receiver makes of the ids and of the type", () => {
  const names = attributeMap.map(({ attribute }) => attribute);
  expect(names).toEqual(expect.arrayContaining([...identity.attributes]));
  expect(names.filter((name) => !(name in auth0Attributes)).toSorted()).toEqual(
    identity.attributes.toSorted(),
  );
});

test.for<[name: string, rule: RedactRule, action: ActionName | undefined]>([
  ["client.address", rule("truncate_ip", ["ip"]), "truncate_ip"],
  ["client.address", rule("truncate_ip", ["**.ip"]), "truncate_ip"],
  ["client.address", rule("mask", ["*"]), "mask"],
  ["client.address", rule("mask", ["**"]), "mask"],
  ["client.address", rule("mask", ["details.ip"]), undefined],
  ["geo.location.lat", rule("remove", ["location_info.latitude"]), "remove"],
  ["geo.location.lat", rule("remove", ["location_info"]), "remove"],
  ["geo.location.lat", rule("remove", ["location_info.*"]), "remove"],
  ["geo.location.lat", rule("remove", ["location_info.longitude"]), undefined],
  ["session.id", rule("mask", ["session_id"]), "mask"],
  ["session.id", rule("mask", ["details.session_id"]), "mask"],
  ["user.name", rule("mask", [], ["user.name"]), "mask"],
  ["user.name", rule("mask", [], ["user.*"]), "mask"],
  ["user.name", rule("mask", [], ["*"]), "mask"],
  ["user.name", rule("mask", [], ["user"]), undefined],
  ["user_name", rule("mask", [], ["user.name"]), undefined],
  ["enduser.id", rule("mask", [], ["user.*"]), undefined],
  ["log.record.uid", rule("mask", ["**", "*"], ["*", "log.*"]), "keep"],
  ["auth0.type", rule("mask", ["**", "*"], ["*", "auth0.*"]), "keep"],
  ["auth0.category", rule("mask", [], ["auth0.*"]), "keep"],
  ["auth0.outcome", rule("mask", [], ["auth0.*"]), "keep"],
])("%s under %o: %s", ([name, rule, action]) => {
  expect(actionFor(name, rule)).toBe(action);
});

test("the first rule that names an attribute decides, by its name or by its field", () => {
  const byName = rule("remove", [], ["user.name"]);
  const byField = rule("hash_email", ["user_name"]);
  expect(actionFor("user.name", byName, byField)).toBe("remove");
  expect(actionFor("user.name", byField, byName)).toBe("hash_email");
  expect(actionFor("user.name", rule("keep", [], ["user.name"]), byField)).toBe("keep");
});

test("a copy of one of two fields is kept only when both fields are", () => {
  const keepOne = rule("keep", ["session_id"]);
  const maskAll = rule("mask", ["**.session_id"]);
  expect(actionFor("session.id", keepOne, maskAll)).toBe("mask");
  expect(actionFor("session.id", keepOne)).toBeUndefined();
  expect(actionFor("session.id", rule("keep", ["session_id", "details.session_id"]), maskAll)).toBe("keep");
});
