// Runs Auth0's own log engine, as it is published, to its end. Arguments: domain, client id, client secret.
const { LogsProcessor } = require("auth0-log-extension-tools");

const [domain, clientId, clientSecret] = process.argv.slice(2);
let stored = {};
const storage = {
  read: async () => stored,
  write: async (data) => {
    stored = data;
  },
};
const logs = [];

new LogsProcessor(storage, { domain, clientId, clientSecret })
  .run((batch, callback) => {
    logs.push(...batch);
    callback();
  })
  .then(({ status, checkpoint }) => process.stdout.write(JSON.stringify({ status, checkpoint, logs })));
