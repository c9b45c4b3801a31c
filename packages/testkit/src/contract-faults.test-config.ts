import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  // The time-out is what a component takes that never comes to its end.
  test: { include: ["src/faulty-*.test-child.ts"], testTimeout: 500, cache: false },
});
