// `npm start`: the main job. With a tenant or a webhook in the environment it is the real one, otherwise the demo.
const isReal = Boolean(process.env.AUTH0_DOMAIN || process.env.WEBHOOK_URL);
process.argv.push(...(isReal ? ["run", "--config", "collector-config/auth0-webhooks.yaml"] : ["demo"]));

await import("./packages/cli/src/main.ts");

export {};
