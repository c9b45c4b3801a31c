import { Package } from "@arethetypeswrong/core";
import type { PackedPackage } from "./tarballs.ts";

/** A package with these files that was never packed. */
export function packedPackage(
  given: { manifest?: Partial<PackedPackage["manifest"]>; files?: Readonly<Record<string, string>> } = {},
): PackedPackage {
  const { manifest = {}, files = {} } = given;
  const name = "@loghook/made-up";
  return {
    name,
    folder: "made-up",
    tarball: "/nowhere/made-up.tgz",
    manifest: { name, version: "0.0.0", ...manifest },
    files: Object.keys(files),
    read: (file) => files[file] ?? "",
    contents: new Package({}, name, "0.0.0"),
  };
}
