// The program that `loghook` starts, with everything that it is made of: a start loads a few dozen files, not some five
// hundred, which is most of what it takes. What others import stays as it is, in dist/.
//
// One level below the package's folder, like src/ and dist/: `../package.json` and `../collector-config` are there.
import { join } from "node:path";
import { build, type Plugin } from "rolldown";
import { thirdPartyNotices } from "./third-party-notices.ts";
import { undiciParts } from "./undici-parts.ts";

const pipeline = join(import.meta.dirname, "../../pipeline/src/index.ts");
const packages = ["@opentelemetry/api", "@opentelemetry/resources"];

await build({
  cwd: join(import.meta.dirname, ".."),
  input: { main: "src/main.ts", opentelemetry: "\0opentelemetry" },
  platform: "node",
  resolve: { conditionNames: ["source", "node", "import", "default"] },
  plugins: [openTelemetryOnDemand(), undiciParts(), thirdPartyNotices()],
  logLevel: "warn",
  output: {
    dir: "bin",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    // For stack traces under `node --enable-source-maps`.
    sourcemap: true,
    sourcemapExcludeSources: true,
    // Those about rights stand in the notices.
    comments: false,
  },
});

/** Two packages are loaded by `require`, which a bundler does not see. They become a file beside the others. */
function openTelemetryOnDemand(): Plugin {
  const loading = "createRequire(import.meta.url)";
  return {
    name: "opentelemetry-on-demand",
    async resolveId(id, importer) {
      if (id === "\0opentelemetry") return id;
      return importer === "\0opentelemetry" ? await this.resolve(id, pipeline) : undefined;
    },
    load: (id) =>
      id === "\0opentelemetry" ? packages.map((name) => `export * from "${name}";`).join("\n") : undefined,
    transform: {
      filter: { id: /[\\/]otel[\\/]on-demand\.ts$/ },
      handler(code) {
        if (code.split(loading).length !== 2) this.error(`expected ${loading} once`);
        // No line moves, so that the map stays right.
        return {
          code: code.replace(loading, `() => (loaded ??= ${loading}("./opentelemetry.js")); let loaded`),
          map: null,
        };
      },
    },
  };
}
