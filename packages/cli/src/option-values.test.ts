import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import {
  durationMs,
  eventCode,
  eventCodes,
  level,
  perSecond,
  rateLimit,
  wholeNumber,
} from "./option-values.ts";

test.for([
  { read: wholeNumber(0, 65_535), text: "0", value: 0 },
  { read: wholeNumber(0, 65_535), text: "65535", value: 65_535 },
  { read: durationMs, text: "1h30m", value: 5_400_000 },
  { read: durationMs, text: "1d", value: 86_400_000 },
  { read: level, text: "3", value: 3 },
  { read: level, text: "Error", value: 3 },
  { read: perSecond, text: "0.2", value: 0.2 },
  { read: perSecond, text: "5/s", value: 5 },
  { read: rateLimit, text: "50/16", value: { burst: 50, perSecond: 16 } },
  { read: rateLimit, text: "10/1.6/s", value: { burst: 10, perSecond: 1.6 } },
  { read: eventCode, text: "limit_wc", value: "limit_wc" },
  { read: eventCodes, text: "f, fp,", value: ["f", "fp"] },
])("reads $text as $value", ({ read, text, value }) => {
  expect(read(text)).toEqual(value);
});

test.for([
  {
    read: wholeNumber(0, 65_535),
    text: "65536",
    sentence: /^It must be a whole number from 0 to 65535, found 65536\.$/,
  },
  { read: wholeNumber(0, 65_535), text: "-1", sentence: /whole number/ },
  { read: wholeNumber(0, 65_535), text: "4e3", sentence: /whole number/ },
  { read: wholeNumber(0, 65_535), text: "", sentence: /whole number/ },
  {
    read: durationMs,
    text: "15",
    sentence: /^It must be a duration such as 300ms, 15s or 5m, found "15"\.$/,
  },
  {
    read: level,
    text: "5",
    sentence: /^It must be a level: 0 to 4, or debug, info, warning, error, critical\.$/,
  },
  { read: level, text: "loud", sentence: /level/ },
  { read: perSecond, text: "5/m", sentence: /number per second/ },
  { read: perSecond, text: "-5", sentence: /number per second/ },
  { read: rateLimit, text: "2", sentence: /such as 2\/2/ },
  { read: rateLimit, text: "0/2", sentence: /such as 2\/2/ },
  { read: rateLimit, text: "2/0", sentence: /such as 2\/2/ },
  { read: eventCode, text: "constructor", sentence: /^There is no event type constructor\. `loghook types`/ },
  { read: eventCodes, text: "f,nope", sentence: /no event type nope/ },
  { read: eventCodes, text: " , ", sentence: /list of names/ },
])("refuses $text with a sentence", ({ read, text, sentence }) => {
  expect(() => read(text)).toThrow(InvalidArgumentError);
  expect(() => read(text)).toThrow(sentence);
});
