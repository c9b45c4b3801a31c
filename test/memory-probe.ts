// Loaded into the process under test, which then says, whenever it is asked, what it holds after a collection.
const collect = globalThis.gc as () => void;

process.on("message", () => {
  // Twice: what finalizers let go of is only then free.
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapUsed, rss });
});
