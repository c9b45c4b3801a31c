// Loaded into a program by --import: tells what its process has used so far when it is asked by IPC.
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const resolutionMs = 10;
const loop = monitorEventLoopDelay({ resolution: resolutionMs });
loop.enable();

process.on("message", (message) => {
  // What was held up before is not counted.
  if (message === "begin") loop.reset();
  const { userCPUTime, systemCPUTime, maxRSS, voluntaryContextSwitches, involuntaryContextSwitches } =
    process.resourceUsage();
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  process.send({
    news: "usage",
    at: performance.timeOrigin + performance.now(),
    cpuMicros: userCPUTime + systemCPUTime,
    contextSwitches: voluntaryContextSwitches + involuntaryContextSwitches,
    peakRssBytes: peakRssKb(maxRSS) * 1024,
    memoryBytes: { rss, heapTotal, heapUsed, external, arrayBuffers },
    loopDelayMs: { p50: delayMs(50), p99: delayMs(99), max: delayMs(100) },
  });
});
// It must not keep the process alive.
process.channel.unref();

/** A timer that is on time counts as its own interval: https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions */
function delayMs(percentile) {
  return Math.max(loop.percentile(percentile) / 1e6 - resolutionMs, 0);
}

/**
 * Since exec. On Linux, ru_maxrss begins with the peak of whoever started this process: exec keeps the larger of the two
 * (`setmax_mm_hiwater_rss` in https://github.com/torvalds/linux/blob/master/fs/exec.c).
 */
function peakRssKb(maxRss) {
  try {
    const [, kb] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "latin1"));
    return Number(kb);
  } catch {
    return maxRss;
  }
}
