import { setFlagsFromString } from "node:v8";

const flags = [
  "--semi-space-growth-factor=1",
  "--heap-growing-percent=80",
  // The one module in WebAssembly is undici's reader of HTTP, one large function: V8 takes 25 MB to optimise it, and a
  // header is read within microseconds without.
  "--no-wasm-tier-up",
  "--no-wasm-dynamic-tiering",
];

/**
 * Left to itself V8 lets the heap of a busy program grow to many times of what is in use: 350 MB in place of 140, for a
 * fifth of the CPU time (docs/performance.md). Who says how large the young generation may be gets that.
 */
export function keepHeapSmall(): void {
  const options = [process.env.NODE_OPTIONS ?? "", ...process.execArgv];
  // Only of this Node.js it is known that its V8 has these flags; it complains of one that it does not know.
  if (!process.versions.node.startsWith("24.") || options.some((option) => option.includes("semi-space")))
    return;
  for (const flag of flags) setFlagsFromString(flag);
}
