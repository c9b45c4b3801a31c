/** The longest quotation of what code from elsewhere says, in characters. */
const maxQuotedLength = 300;

/**
 * What code from elsewhere has thrown, as one sentence on one line: it may be anything. With an error goes what caused
 * it, since `fetch` says "fetch failed" of everything.
 */
export function describeThrown(thrown: unknown): string {
  const text = reasonsOf(thrown)
    .join(": ")
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  const characters = [...text];
  if (characters.length > maxQuotedLength) return `${characters.slice(0, maxQuotedLength).join("")}…`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function reasonsOf(thrown: unknown): string[] {
  if (typeof thrown === "string" && thrown.trim() !== "") return [thrown];
  if (!(thrown instanceof Error)) return [`it threw ${nameOf(thrown)}, which says nothing`];
  const { cause } = thrown;
  return cause instanceof Error ? [messageOf(thrown), messageOf(cause)] : [messageOf(thrown)];
}

/** Failed connections to several addresses have no message of their own, only a code. */
function messageOf(error: Error & { readonly code?: unknown }): string {
  return error.message || String(error.code ?? error.name);
}

function nameOf(thrown: unknown): string {
  if (thrown === "") return "an empty text";
  return typeof thrown === "object" && thrown !== null ? "an object that is no error" : String(thrown);
}
