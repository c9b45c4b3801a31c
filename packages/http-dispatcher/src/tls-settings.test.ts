import { settingSchema } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { tlsFiles, tlsSettings } from "./tls-settings.ts";

test("takes every setting, and none is required", () => {
  expect(tlsFiles.parse({ ca_file: "ca.pem", cert_file: "me.pem", key_file: "me.key" })).toEqual({
    caFile: "ca.pem",
    certFile: "me.pem",
    keyFile: "me.key",
  });
  expect(tlsFiles.parse({})).toEqual({});
});

test.for([
  { tls: { cert_file: "me.pem" }, path: [], message: "must have cert_file and key_file together" },
  { tls: { key_file: "me.key" }, path: [], message: "must have cert_file and key_file together" },
  { tls: { ca_file: 5 }, path: ["ca_file"], message: "must be the path of a file" },
  { tls: { ca_file: "" }, path: ["ca_file"], message: "must not be empty" },
])("$tls is refused with $message", ({ tls, path, message }) => {
  expect(tlsFiles.safeParse(tls).error?.issues).toMatchObject([{ path, message }]);
});

test("a setting that it does not have is refused, also where only some were picked", () => {
  expect(tlsFiles.safeParse({ insecure: true }).success).toBe(false);
  expect(tlsSettings.pick({ ca_file: true }).safeParse({ cert_file: "me.pem" }).success).toBe(false);
});

test("every setting is marked as the name of a file, so that its content counts when a config is compared", () => {
  const { properties = {} } = settingSchema(tlsFiles);
  expect(Object.values(properties).map(({ format }) => format)).toEqual(["file", "file", "file"]);
});
