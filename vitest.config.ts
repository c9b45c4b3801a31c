import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "examples/**/*.test.ts", "test/**/*.test.ts"],
    // Together they look for secrets in whatever the tests print, send and store: test/planted-secrets/README.md
    globalSetup: ["test/planted-secrets/report.global-setup.ts"],
    setupFiles: ["test/planted-secrets/watch-outputs.setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
