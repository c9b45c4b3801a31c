/**
 * An address without what may be a credential in it: a user and password, a query string, and the path, which with
 * Slack, Discord or Zapier is the credential. Shown is its first segment where that is a plain word; that tells two
 * webhooks of a host apart. An address that holds nothing else comes back as it is.
 */
export function publicUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return "[redacted]";
  const [first, ...others] = url.pathname.split("/").filter(Boolean);
  const isPlain = first === undefined || isPlainWord(first);
  if (isPlain && others.length === 0 && !holdsCredentials(url)) return text;
  return [`${url.protocol}//${url.host}`, isPlain ? first : undefined, "…"]
    .filter((part) => part !== undefined)
    .join("/");
}

/** Whether an address carries something, beside its path, that is nobody's business. */
export function holdsCredentials({ username, password, search, hash }: URL): boolean {
  return `${username}${password}${search}${hash}` !== "";
}

/** `services`, `v1`, `log-events`: what people name things, and no tokens are like. */
function isPlainWord(segment: string): boolean {
  return /^[a-z][a-z_-]{0,15}\d?$/.test(segment);
}
