import { setFlagsFromString } from "node:v8";

/**
 * Left to itself V8 lets the heap of a busy program grow to many times of what is in use: 350 MB in place of 150, for a
 * fifth of the CPU time (docs/performance.md). Who says how large the young generation may be gets that.
 */
export function keepHeapSmall(): void {
  const options = [process.env.NODE_OPTIONS ?? "", ...process.execArgv];
  // Only of this Node.js it is known that its V8 has these flags; it complains of one that it does not know.
  if (!process.versions.node.startsWith("24.") || options.some((option) => option.includes("semi-space")))
    return;
  for (const flag of ["--semi-space-growth-factor=1", "--heap-growing-percent=60"]) setFlagsFromString(flag);
}
