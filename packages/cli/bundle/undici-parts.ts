import type { Plugin } from "rolldown";

/** What loghook takes of undici, by the file that has it: a third of what its index loads, which is all there is. */
const parts: Readonly<Record<string, string>> = {
  Agent: "./lib/dispatcher/agent.js",
  EnvHttpProxyAgent: "./lib/dispatcher/env-http-proxy-agent.js",
  Pool: "./lib/dispatcher/pool.js",
  buildConnector: "./lib/core/connect.js",
  errors: "./lib/core/errors.js",
};

/** An index for these, and for `request`, whose function is undici's own. Ends the build where something is missing. */
export function undiciParts(): Plugin {
  return {
    name: "undici-parts",
    transform: {
      filter: { code: /undici|function makeDispatcher/ },
      handler(code, id) {
        if (/[\\/]undici[\\/]index\.js$/.test(id))
          return { code: index(code) ?? this.error(`${id} is not as expected`), map: null };
        const [, names = ""] = /^import \{([^}]*)\} from "undici"/m.exec(code) ?? [];
        const taken = names.split(",").map((name) => name.trim());
        const unknown = taken.filter((name) => name && !/^type |^request$/.test(name) && !parts[name]);
        if (unknown.length > 0) this.error(`${id} imports ${unknown} of undici: add it to undici-parts.ts`);
        return undefined;
      },
    },
  };
}

function index(code: string): string | undefined {
  const [makeDispatcher] = /^function makeDispatcher .*?^}$/ms.exec(code) ?? [];
  if (makeDispatcher === undefined) return undefined;
  const exported = Object.entries(parts).map(([name, file]) => `  ${name}: require("${file}"),\n`);
  return `
const { InvalidArgumentError } = require("./lib/core/errors.js");
const util = require("./lib/core/util.js");
const { getGlobalDispatcher } = require("./lib/global.js");
const request = require("./lib/api/api-request.js");
Object.assign(require("./lib/dispatcher/dispatcher.js").prototype, { request });
${makeDispatcher}
module.exports = {
${exported.join("")}  request: makeDispatcher(request),
};
`;
}
