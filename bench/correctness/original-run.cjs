// One run of Auth0's retired extension, as its schedule began one: the published engine, unchanged, with a sender and a
// storage that do what those of the extension did (3xx is taken for a delivery; no timeout; a batch is sent as an array, or entry by entry).
// The storage of its hosting replaced its one value as a whole, so this one does.
const { renameSync, readFileSync, writeFileSync } = require("node:fs");
const eachLimit = require("async/eachLimit");
const { LogsProcessor } = require("auth0-log-extension-tools");
const request = require("request");

const options = JSON.parse(process.argv[2]);

function readState() {
  try {
    return JSON.parse(readFileSync(options.stateFile, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

const storage = {
  read: async () => readState(),
  async write(state) {
    const text = JSON.stringify(state);
    const unfinished = `${options.stateFile}.unfinished`;
    if (options.dieInCheckpointWrite && state.checkpointId !== readState().checkpointId) {
      writeFileSync(unfinished, text.slice(0, text.length / 2));
      process.kill(process.pid, "SIGKILL");
    }
    writeFileSync(unfinished, text);
    renameSync(unfinished, options.stateFile);
  },
};

function post(body, done) {
  request({ method: "POST", url: options.webhookUrl, json: true, body }, (error, response, answer) => {
    const isTaken = !error && response.statusCode >= 200 && response.statusCode < 400;
    if (isTaken) done();
    else done(error || answer || response.statusCode);
  });
}

function send(logs, done) {
  if (logs.length === 0) done();
  else if (options.sendAsBatch) post(logs, done);
  else eachLimit(logs, options.concurrency, post, done);
}

const { domain, clientId, clientSecret, batchSize, logLevel } = options;
new LogsProcessor(storage, { domain, clientId, clientSecret, batchSize, logLevel })
  .run(send)
  .then(({ status, checkpoint }) => process.stdout.write(JSON.stringify({ status, checkpoint })));
