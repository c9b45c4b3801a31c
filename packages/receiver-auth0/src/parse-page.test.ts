import { RetryableError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { parsePage } from "./parse-page.ts";

const parse = (text: string) => parsePage(text, "acme.eu.auth0.com");
const page = (...entries: string[]): string => `[${entries.join(",")}]`;

test.for([
  ["a number beyond 2^53", '{"log_id":"1","n":9007199254740993}'],
  ["a number of twenty digits", '{"log_id":"1","n":-12345678901234567890}'],
  ["a number beyond what a double reaches", '{"log_id":"1","n":1e400}'],
  ["a number next to nothing", '{"log_id":"1","n":-1E-400}'],
  ["a long fraction", '{"log_id":"1","n":0.12345678901234567890123}'],
  ["an exponent that would be written out", '{"log_id":"1","n":1e3}'],
  ["numbers in lists", '{"log_id":"1","n":[1,12345678901234567890,[1e400]]}'],
  ["a key named __proto__", '{"log_id":"1","__proto__":{"admin":true}}'],
  ["texts that look like numbers", '{"log_id":"1","ip":"2001:db8::5e1","ja3":"769,12345678901234567,1e5"}'],
])("%s is written again as it came", ([, text = ""]) => {
  const [entry] = parse(page(text));
  expect(JSON.stringify(entry?.entry)).toBe(text);
});

test("keeps ordinary numbers as numbers, also beside one that is not", () => {
  const [entry] = parse(page('{"log_id":"1","at":1772442846501,"big":12345678901234567890,"elapsed":1.5}'));
  expect(entry?.entry).toMatchObject({ at: 1772442846501, elapsed: 1.5 });
});

test.for([
  { name: "log_id", entry: { log_id: "2", _id: "1" }, logId: "2", uid: "2" },
  { name: "_id where there is no log_id", entry: { _id: "1" }, logId: "1", uid: "1" },
  { name: "_id where log_id is empty", entry: { log_id: "", _id: "1" }, logId: "1", uid: "1" },
  { name: "_id where log_id is null", entry: { log_id: null, _id: "1" }, logId: "1", uid: "1" },
  { name: "the digits of an id that is a number", entry: { log_id: 12 }, logId: "12", uid: "12" },
])("names an entry by $name", ({ entry, logId, uid }) => {
  const json = JSON.stringify(entry);
  expect(parse(`[ ${json} ]`)).toEqual([{ entry, json, logId, uid }]);
});

test("keeps all digits of an id that is a large number", () => {
  const id = "90020260302091408334120000000000000001223372071234567801";
  expect(parse(`[{"log_id":${id}}]`)[0]?.logId).toBe(id);
});

test.for(['{"type":"f"}', "{}", "null", "5", '"text"', "[1]", "true"])(
  "an entry without an id (%s) is named by a digest, the same each time",
  (text) => {
    const [first] = parse(page(text));
    const [second] = parse(page(text, '{"type":"other"}'));
    expect(first).toMatchObject({
      entry: JSON.parse(text),
      logId: undefined,
      uid: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(second?.uid).toBe(first?.uid);
  },
);

test("puts entries into the order of their ids", () => {
  const ids = parse(page('{"log_id":"30"}', '{"log_id":"4"}', '{"log_id":"20"}')).map(({ logId }) => logId);
  expect(ids).toEqual(["4", "20", "30"]);
});

test("leaves the order as it is when an entry has no id", () => {
  const ids = parse(page('{"log_id":"3"}', "{}", '{"log_id":"2"}')).map(({ logId }) => logId);
  expect(ids).toEqual(["3", undefined, "2"]);
});

test.for([
  ["half a page", '[{"log_id":"1","user_name":"ada@exa'],
  ["a page of HTML", "<html>ada@example.com</html>"],
  ["nothing", ""],
  ["an object", '{"logs":[{"user_name":"ada@example.com"}]}'],
  ["null", "null"],
])("%s is a passing fault, and is not quoted", ([, text = ""]) => {
  const error = (() => {
    try {
      parse(text);
    } catch (thrown) {
      return thrown as Error;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(RetryableError);
  expect(error?.message).toContain("acme.eu.auth0.com");
  expect(`${error?.message}${error?.stack}${error?.cause}`).not.toContain("ada@");
});
