import { type Answer, withHeaders } from "./answer.ts";
import { errorOfStatus } from "./api-errors.ts";
import type { Fault } from "./fault.ts";

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The fault that this request meets, if any. */
  take(on: Fault["on"]): Fault | undefined;
}

export function faults(): Faults {
  const queue: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => queue.push({ fault, left: fault.times ?? 1 }),
    clear: () => queue.splice(0),
    take(on) {
      const index = queue.findIndex(({ fault, left }) => fault.on === on && left > 0);
      const planned = queue[index];
      if (planned === undefined) return undefined;
      planned.left -= 1;
      if (planned.left <= 0) queue.splice(index, 1);
      return planned.fault;
    },
  };
}

/** What an answer under a fault is made of. */
export interface AnswerSources {
  /** Only worked out where it is needed, so that a refused grant is not granted. */
  answer(): Promise<Answer>;
  /** The headers that the API sends with everything. */
  standingHeaders(status: number): Record<string, string>;
}

export async function faultyAnswer(
  fault: Fault,
  { answer, standingHeaders }: AnswerSources,
): Promise<Answer> {
  const { on, body, headers = {} } = fault;
  if (fault.status === undefined && body === undefined) return withHeaders(await answer(), headers);
  const { status = 200 } = fault;
  const standard = errorOfStatus(on, status);
  return withHeaders(
    { ...standard, body: body ?? standard.body },
    { ...standingHeaders(status), ...headers },
  );
}
