import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { startServer, type TestServer } from "@loghook/testkit";
import { monotonicMs } from "./child-notes.ts";
import type { LanePlan } from "./plan.ts";
import type { WebhookFault } from "./planned-faults.ts";
import { type CarriedEntry, readRequest } from "./read-request.ts";
import { misbehave } from "./webhook-faults.ts";

/** A request that came in, and what became of it. */
export interface Attempt {
  readonly lane: string;
  readonly life: number;
  readonly id: string;
  readonly entries: readonly CarriedEntry[];
  readonly receivedAt: number;
  /** `taken`: a whole 2xx went out. Else the fault that it met. */
  outcome: string;
  /** When the answer was out. */
  answeredAt: number | undefined;
}

export interface WebhookEvents {
  /** Which start of the process is under way. */
  life(): number;
  isPoison(logId: string): boolean;
  readonly poisonStatus: number;
  onReceived(): void;
  onAnswered(): void;
  /** A request that loghook should not have made. */
  onProblem(problem: string): void;
  /** A fault has happened. */
  onFault(kind: string): void;
}

export interface CheckingWebhook extends TestServer {
  readonly attempts: readonly Attempt[];
  /** From now on it takes everything but poison. */
  recover(): void;
}

/** A webhook with a path for each lane, that checks what comes and remembers it. */
export async function startCheckingWebhook(
  lanes: readonly LanePlan[],
  events: WebhookEvents,
): Promise<CheckingWebhook> {
  const attempts: Attempt[] = [];
  const counts = new Map<string, number>();
  let isWell = false;

  function nextFault(lane: LanePlan): WebhookFault | undefined {
    const count = (counts.get(lane.name) ?? 0) + 1;
    counts.set(lane.name, count);
    if (isWell) return undefined;
    return lane.faults.find(({ at, requests }) => count >= at && count < at + requests);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const lane = lanes.find(({ name }) => request.url === `/${name}`);
    const life = events.life();
    // The process may end while it sends.
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return events.onFault("request broken off");
    if (!lane || request.method !== "POST")
      return events.onProblem(`${request.method} ${request.url} was asked for`);
    const entries = read(body, request, lane);
    if (entries === undefined) return void response.writeHead(200).end();
    const attempt: Attempt = {
      lane: lane.name,
      life,
      id: String(request.headers["webhook-id"]),
      entries,
      receivedAt: monotonicMs(),
      outcome: "open",
      answeredAt: undefined,
    };
    attempts.push(attempt);
    response.once("finish", () => {
      attempt.answeredAt = monotonicMs();
      if (attempt.outcome === "taking") attempt.outcome = "taken";
      events.onAnswered();
    });
    events.onReceived();
    await answer(attempt, response, nextFault(lane));
  }

  function read(body: Buffer, request: IncomingMessage, lane: LanePlan): CarriedEntry[] | undefined {
    try {
      return readRequest(body, request.headers, lane);
    } catch (error) {
      events.onProblem(`A request of lane ${lane.name} is wrong: ${String(error)}`);
      return undefined;
    }
  }

  async function answer(
    attempt: Attempt,
    response: ServerResponse,
    fault: WebhookFault | undefined,
  ): Promise<void> {
    const isPoison = attempt.entries.some(({ logId }) => events.isPoison(logId));
    if (fault && meets(fault, attempt) && !(isPoison && fault.kind === "late answer")) {
      attempt.outcome = fault.kind === "late answer" ? "taking" : fault.kind;
      events.onFault(`webhook: ${fault.kind}`);
      return misbehave(fault, response);
    }
    if (isPoison) {
      attempt.outcome = "poison";
      events.onFault("webhook: poison refused");
      return void response.writeHead(events.poisonStatus).end("one of these cannot be read here");
    }
    attempt.outcome = "taking";
    response.writeHead(204).end();
  }

  const server = await startServer((request, response) => void handle(request, response));
  return {
    ...server,
    attempts,
    recover() {
      isWell = true;
    },
  };
}

const meets = ({ kind, mostEntries }: WebhookFault, { entries }: Attempt): boolean =>
  kind !== "too large" || entries.length > mostEntries;
