import { expect, test } from "vitest";
import { type PathPart, parsePath } from "./path.ts";

const key = (name: string): PathPart => ({ key: name });

test.for<[text: string, parts: PathPart[]]>([
  ["ip", [key("ip")]],
  ["details.request.ip", [key("details"), key("request"), key("ip")]],
  ["details.prompts.*.user_name", [key("details"), key("prompts"), "*", key("user_name")]],
  ["details.prompts.0.user_name", [key("details"), key("prompts"), key("0"), key("user_name")]],
  ["**.email", ["**", key("email")]],
  ["details.**.ip", [key("details"), "**", key("ip")]],
  ["details.body.**", [key("details"), key("body"), "**"]],
  ["**", ["**"]],
  ["*", ["*"]],
  ["$event_schema.version", [key("$event_schema"), key("version")]],
  ["x-forwarded-for", [key("x-forwarded-for")]],
  [
    'app_metadata."https://acme.com/claims".roles',
    ["app_metadata", "https://acme.com/claims", "roles"].map(key),
  ],
  ["details.'a \"b\" c'.d", ["details", 'a "b" c', "d"].map(key)],
  ['"*"."**"', [key("*"), key("**")]],
  ['details.""', [key("details"), key("")]],
  ["__proto__.email", [key("__proto__"), key("email")]],
  ["größe.名前", [key("größe"), key("名前")]],
])("%s is read part by part", ([text, parts]) => {
  expect(parsePath(text)).toEqual(parts);
});

test.for([
  ["", "must name a place in the entry, found an empty text"],
  ["details..ip", "must have a key on both sides of each dot, found details..ip"],
  [".ip", "must have a key on both sides of each dot, found .ip"],
  ["ip.", "must have a key on both sides of each dot, found ip."],
  [".", "must have a key on both sides of each dot, found ."],
  ["prompts[*].ip", "must name items of a list by dots, as in prompts.*.user_name, found prompts[*].ip"],
  ["prompts[0]", "must name items of a list by dots, as in prompts.*.user_name, found prompts[0]"],
  ["*_name", "must have * by itself, for a whole key, found *_name"],
  ["a.***.b", "must have * by itself, for a whole key, found a.***.b"],
  ["a.**.**.b", "must not have ** twice in a row, found a.**.**.b"],
  ['a."b.c', 'must close its quotes, with a dot or nothing behind them, found a."b.c'],
  ['"a"b.c', 'must close its quotes, with a dot or nothing behind them, found "a"b.c'],
  ['a"b".c', 'must have quotes around a key with quotes or spaces in it, found a"b".c'],
  ["details. ip", "must have quotes around a key with quotes or spaces in it, found details. ip"],
  ["$.details.ip", "must begin with a key of the entry, without $., found $.details.ip"],
] as const)("%s is refused: %s", ([text, message]) => {
  expect(() => parsePath(text)).toThrow(message);
});
