import { status as grpcStatus, Server, ServerCredentials } from "@grpc/grpc-js";

/** A log backend that speaks OTLP over gRPC, on 127.0.0.1. Takes everything unless told otherwise. */
export interface GrpcBackend extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Every request as it came, protobuf. */
  readonly requests: readonly Buffer[];
  /** The answer from now on: a gRPC status, or `silence`. */
  answer: (request: Buffer) => number | "silence";
  /** Resolves when `count` requests in all have come in. */
  received(count: number): Promise<void>;
}

const asItIs = (message: Buffer): Buffer => message;

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/logs/v1/logs_service.proto */
const logsService = {
  export: {
    path: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    requestStream: false,
    responseStream: false,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  },
} as const;

/** @param port default 0: a free one */
export async function startGrpcBackend(port = 0): Promise<GrpcBackend> {
  const requests: Buffer[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = new Server();
  const backend = {
    requests,
    answer: (() => grpcStatus.OK) as GrpcBackend["answer"],
    async received(count: number) {
      while (requests.length < count) await arrived.promise;
    },
  };
  server.addService(logsService, {
    export(
      { request }: { request: Buffer },
      respond: (error: object | null, response?: Buffer) => void,
    ): void {
      requests.push(request);
      arrived.resolve();
      arrived = Promise.withResolvers();
      const code = backend.answer(request);
      if (code === "silence") return;
      if (code === grpcStatus.OK) respond(null, Buffer.alloc(0));
      else respond({ code, details: "as the test says" });
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, found) =>
      error ? reject(error) : resolve(found),
    );
  });
  return Object.assign(backend, {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  });
}

/** The ids of `testRecord`s in a request, whatever its encoding: they stand in it as ASCII. */
export function uidsIn(request: Buffer): Set<string> {
  return new Set(request.toString("latin1").match(/900\d{53}/g));
}
