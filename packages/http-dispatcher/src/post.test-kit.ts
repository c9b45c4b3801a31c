import { request } from "undici";
import { createDispatcher, type DispatcherOptions } from "./dispatcher.ts";

export function setting(key: string): string {
  return `exporters.webhook.${key}`;
}

/** Makes one request over a dispatcher of its own. The status of the answer, or the error. */
export async function post(url: string, options: Partial<DispatcherOptions> = {}): Promise<unknown> {
  const dispatcher = createDispatcher({ env: {}, timeoutMs: 20_000, setting, ...options });
  try {
    const { statusCode, body } = await request(url, {
      method: "POST",
      dispatcher,
      headers: { authorization: "Bearer abc" },
      body: "[]",
    });
    await body.dump();
    return statusCode;
  } catch (error) {
    return error;
  } finally {
    await dispatcher.destroy();
  }
}
