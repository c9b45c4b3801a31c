import { setFlagsFromString } from "node:v8";

const flags = [
  "--semi-space-growth-factor=1",
  "--heap-growing-percent=80",
  // The one module in WebAssembly is undici's reader of HTTP, one large function: to optimise it V8 takes, and never gives
  // back, more memory than all that is in flight.
  "--no-wasm-tier-up",
  "--no-wasm-dynamic-tiering",
];

/**
 * Left to itself V8 lets the heap of a busy program grow to many times of what is in use, and saves CPU time by it
 * (docs/performance.md, "Memory or CPU"). Who says how large the young generation may be gets that.
 */
export function keepHeapSmall(): void {
  const options = [process.env.NODE_OPTIONS ?? "", ...process.execArgv];
  // Only of this Node.js it is known that its V8 has these flags; it complains of one that it does not know.
  if (!process.versions.node.startsWith("24.") || options.some((option) => option.includes("semi-space")))
    return;
  for (const flag of flags) setFlagsFromString(flag);
}
