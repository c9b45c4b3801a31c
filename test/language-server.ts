import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** yaml-language-server as an editor runs it, over its standard streams. It asks nothing of the network. */
export interface LanguageServer extends AsyncDisposable {
  /** Opens a text and waits for what the server finds wrong in it. */
  diagnose(text: string): Promise<Diagnostic[]>;
  /** The labels of what it proposes at the `|` of the text, which is opened without it. */
  propose(text: string): Promise<string[]>;
  /** What it says about what stands at the `|` of the text. */
  explain(text: string): Promise<string>;
}

interface Diagnostic {
  readonly message: string;
  /** Counted from 1. */
  readonly line: number;
}

/** @param folder where the texts are said to lie; each has a name of its own */
export async function startLanguageServer(folder: string): Promise<LanguageServer> {
  const connection = connect();
  const { ask, tell } = connection;
  let opened = 0;

  async function open(text: string): Promise<{ uri: string; diagnostics: RawDiagnostic[] }> {
    const uri = pathToFileURL(join(folder, `opened-${++opened}.yaml`)).href;
    const found = connection.diagnosticsOf(uri);
    tell("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    return { uri, diagnostics: await found };
  }

  /** Opens the text and points to the place of the `|`. */
  async function at(text: string) {
    const before = text.slice(0, text.indexOf("|")).split("\n");
    const { uri } = await open(text.replace("|", ""));
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    return { textDocument: { uri }, position };
  }

  await ask("initialize", { processId: process.pid, rootUri: null, capabilities });
  tell("initialized", {});

  return {
    async diagnose(text) {
      const { diagnostics } = await open(text);
      return diagnostics.map(({ message, range }) => ({ message, line: range.start.line + 1 }));
    },
    async propose(text) {
      const found = await ask<{ items: { label: string }[] }>("textDocument/completion", await at(text));
      return found.items.map(({ label }) => label);
    },
    async explain(text) {
      const found = await ask<{ contents: { value: string } } | null>("textDocument/hover", await at(text));
      return found?.contents.value ?? "";
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

interface RawDiagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

const require = createRequire(import.meta.url);
const program = join(
  dirname(require.resolve("yaml-language-server/package.json")),
  "bin/yaml-language-server",
);

const settings = {
  validate: true,
  completion: true,
  hover: true,
  schemaStore: { enable: false },
  kubernetesCRDStore: { enable: false },
};

const capabilities = { workspace: { configuration: true } };

/** https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol */
function connect() {
  const child = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<string, (value: never) => void>();
  let received = Buffer.alloc(0);
  let lastId = 0;

  function send(message: object): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  function take({ id, method, params, result }: Message): void {
    if (method === undefined) return void waiting.get(`answer ${id}`)?.(result as never);
    if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { uri: string; diagnostics: RawDiagnostic[] };
      waiting.get(`diagnostics ${uri}`)?.(diagnostics as never);
    }
    // The only thing that it asks for is its settings, of which the first group is its own.
    if (id !== undefined) send({ id, result: method === "workspace/configuration" ? [settings] : null });
  }

  child.stdout.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const [head, length] = /^Content-Length: (\d+)[\s\S]*?\r\n\r\n/.exec(received.toString("latin1")) ?? [];
      if (head === undefined || received.length < head.length + Number(length)) return;
      const body = received.subarray(head.length, head.length + Number(length));
      received = received.subarray(head.length + Number(length));
      take(JSON.parse(body.toString("utf8")) as Message);
    }
  });

  function answerTo<T>(key: string): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    waiting.set(key, resolve as never);
    return promise;
  }

  return {
    ask<T>(method: string, params: object): Promise<T> {
      const id = ++lastId;
      const answer = answerTo<T>(`answer ${id}`);
      send({ id, method, params });
      return answer;
    },
    tell: (method: string, params: object): void => send({ method, params }),
    diagnosticsOf: (uri: string) => answerTo<RawDiagnostic[]>(`diagnostics ${uri}`),
    async [Symbol.asyncDispose]() {
      const ended = once(child, "close");
      child.kill();
      await ended;
    },
  };
}
