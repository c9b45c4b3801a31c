import { monotonicMs } from "./child-notes.ts";

const intervalMs = 20;

/** Notes when this process got no time for a while. */
export function watchStalls() {
  const list: { from: number; to: number }[] = [];
  let last = monotonicMs();
  const timer = setInterval(() => {
    const now = monotonicMs();
    if (now - last > 5 * intervalMs) list.push({ from: last, to: now });
    last = now;
  }, intervalMs);
  return { list, [Symbol.dispose]: () => clearInterval(timer) };
}
