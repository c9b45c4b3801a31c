import { InvalidArgumentError } from "commander";

/** How the sink answers a request. */
export type SinkAnswer =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Cuts the connection. */
  | { readonly kind: "reset" };

/**
 * Reads `--answer`: statuses (`500`), statuses with a Retry-After (`429:30`), `hang` and `reset`, with commas between.
 *
 * @throws {InvalidArgumentError} naming the part that is none of these
 */
export function parseAnswers(text: string): SinkAnswer[] {
  return text.split(",").map((part) => parseAnswer(part.trim()));
}

function parseAnswer(text: string): SinkAnswer {
  if (text === "hang" || text === "reset") return { kind: text };
  const [, status, seconds] = /^([2-5]\d\d)(?::(\d{1,6}))?$/.exec(text) ?? [];
  if (status === undefined) {
    throw new InvalidArgumentError(
      `It must be made of statuses (200 to 599), statuses with seconds to wait (429:30), hang and reset, with ` +
        `commas between them, and ${JSON.stringify(text)} is none of these.`,
    );
  }
  return {
    kind: "status",
    status: Number(status),
    ...(seconds !== undefined && { retryAfterSeconds: Number(seconds) }),
  };
}

/** As it was written. */
export function answerText(answer: SinkAnswer): string {
  if (answer.kind !== "status") return answer.kind;
  const { status, retryAfterSeconds } = answer;
  return retryAfterSeconds === undefined ? String(status) : `${status}:${retryAfterSeconds}`;
}

/** Gives one answer after the other; the last one stays. */
export function answersInTurn(answers: readonly SinkAnswer[]): () => SinkAnswer {
  let turn = 0;
  return () => answers[turn++] ?? answers.at(-1) ?? { kind: "status", status: 200 };
}
