/** What goes back over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return jsonText(status, JSON.stringify(value));
}

/** @param text is JSON already */
export function jsonText(status: number, text: string): Answer {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body: text };
}

export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
