import type { ApiRequest, Tenant } from "@loghook/auth0-simulator";
import { systemClock } from "@loghook/pipeline";

/** How often to look. The tenant does not say by itself when a request came. */
const intervalMs = 200;

/** Tells each request once it is answered, until the signal aborts. Those without an answer are told at the end. */
export async function followRequests(
  { requests }: Tenant,
  tell: (request: ApiRequest) => void,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set<ApiRequest>();
  let latest: ApiRequest | undefined;
  while (!signal.aborted) {
    await systemClock.sleep(intervalMs, { signal }).catch(() => {}); // aborted: a last look, and out
    const known = latest ? requests.lastIndexOf(latest) + 1 : 0;
    for (const request of requests.slice(known)) waiting.add(request);
    latest = requests.at(-1);
    for (const request of waiting) {
      if (request.status === 0 && !signal.aborted) continue;
      waiting.delete(request);
      tell(request);
    }
  }
}
