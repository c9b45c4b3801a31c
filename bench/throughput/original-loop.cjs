// Auth0's retired extension without its hosting: the published engine, unchanged, and a sender and a storage as it had
// them. argv: JSON with what a user would set. Not limited to 22 seconds, which its hosting asked for.
const { readFileSync, writeFileSync } = require("node:fs");
const eachLimit = require("async/eachLimit");
const { LogsProcessor } = require("auth0-log-extension-tools");
const request = require("request");

const { domain, batchSize, webhookUrl, sendAsBatch, concurrency, stateFile } = JSON.parse(process.argv[2]);

function post(body, done) {
  request({ method: "POST", url: webhookUrl, json: true, body }, (error, response) => {
    done(error || (response.statusCode < 400 ? undefined : response.statusCode));
  });
}

/** An array is sent by itself; the concurrency was for entries. */
function send(logs, done) {
  if (logs.length === 0) done();
  else if (sendAsBatch) post(logs, done);
  else eachLimit(logs, concurrency, post, done);
}

const storage = {
  read: async () => JSON.parse(readFileSync(stateFile, "utf8")),
  write: async (state) => writeFileSync(stateFile, JSON.stringify(state)),
};
writeFileSync(stateFile, "{}");

const credentials = { domain, clientId: "bench", clientSecret: "bench-secret" };
new LogsProcessor(storage, { ...credentials, batchSize, maxRunTimeSeconds: 86_400 })
  .run(send)
  .then(({ status }) => {
    if (status.error) throw status.error;
  });
