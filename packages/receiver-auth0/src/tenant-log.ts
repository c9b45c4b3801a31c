import { type ComponentSettings, RetryableError } from "@loghook/pipeline";
import type { AccessToken } from "./access-token.ts";
import { type PageEntry, parsePage } from "./parse-page.ts";
import type { BudgetedSend, RateBudget } from "./rate-budget.ts";
import { logRefusal } from "./refusals.ts";
import { createRequestSize } from "./request-size.ts";
import { type Answer, AnswerTooLargeError, type TenantClient } from "./tenant-client.ts";

/** A page of either kind. */
export interface LogPage {
  readonly entries: readonly PageEntry[];
  /** How much text it was, as a measure of the memory that it takes. */
  readonly characters: number;
  /** When the tenant answered, by its own clock, in milliseconds since 1970. Undefined: it did not say. */
  readonly answeredAt: number | undefined;
  /** Fewer entries than were asked for. */
  readonly isShort: boolean;
}

/** The two ways of reading `GET /api/v2/logs`. Both reject with a `RetryableError` or a `SourceRefusedError`. */
export interface TenantLog {
  /**
   * The entries after this id, in the order of their ids: the mode that is meant for reading everything. All other
   * parameters are ignored in it: https://auth0.com/docs/deploy-monitor/logs/retrieve-log-events-using-mgmt-api
   */
  after(logId: string, options: BudgetedSend): Promise<LogPage>;
  /** Up to a hundred entries by search, from the oldest or the newest `date` on. Search may lag behind a little. */
  search(first: "oldest" | "newest", options: BudgetedSend): Promise<LogPage>;
}

export interface TenantLogParts {
  readonly domain: string;
  readonly batchSize: number;
  readonly client: TenantClient;
  readonly accessToken: AccessToken;
  readonly budget: RateBudget;
  readonly clock: ComponentSettings["clock"];
  readonly logger: ComponentSettings["logger"];
}

/** The most that Auth0 gives at once. */
const mostEntries = 100;

const statusesOfBadTokens = new Set([401, 403]);

export function createTenantLog(parts: TenantLogParts): TenantLog {
  const { domain, batchSize, client, accessToken, budget, clock, logger } = parts;
  const requestSize = createRequestSize(mostEntries);

  async function sendOnce(query: Record<string, string>, options: BudgetedSend): Promise<[Answer, string]> {
    let token = "";
    const answer = await budget.send(async () => {
      // Only now: while it waits for its turn a token may expire, or be refused to somebody else.
      token = await accessToken.get(options);
      return await client.readLog(query, { token, signal: options.signal });
    }, options);
    return [answer, token];
  }

  /** A token may have been revoked, or lack a scope that was granted after it: one fresh token is worth a try. */
  async function send(query: Record<string, string>, options: BudgetedSend): Promise<Answer> {
    const [answer, token] = await sendOnce(query, options);
    if (!statusesOfBadTokens.has(answer.status) || !accessToken.renewable) return answer;
    await accessToken.drop(token);
    return (await sendOnce(query, options))[0];
  }

  async function read(
    query: Record<string, string>,
    options: BudgetedSend,
  ): Promise<Omit<LogPage, "isShort">> {
    const answer = await send(query, options);
    if (answer.status === 200) return toLogPage(answer, domain);
    const { renewable } = accessToken;
    throw logRefusal(answer, { domain, renewable, from: query.from, now: clock.now() });
  }

  /** Asks for fewer entries while the answer is too large. */
  async function readUpTo(
    most: number,
    toQuery: (size: string) => Record<string, string>,
    options: BudgetedSend,
  ): Promise<LogPage> {
    for (;;) {
      const size = Math.min(most, requestSize.limit);
      try {
        const page = await read(toQuery(String(size)), options);
        requestSize.fitted(size);
        return { ...page, isShort: page.entries.length < size };
      } catch (error) {
        if (!(error instanceof AnswerTooLargeError)) throw error;
        if (size === 1) throw entryTooLarge(error, domain);
        requestSize.tooLarge(size);
        logger.info({ size, nextSize: requestSize.limit }, "An answer was too large; asking for less.");
      }
    }
  }

  return {
    after: (from, options) => readUpTo(batchSize, (take) => ({ from, take }), options),
    search(first, options) {
      const sort = first === "oldest" ? "date:1" : "date:-1";
      return readUpTo(mostEntries, (per_page) => ({ sort, page: "0", per_page }), options);
    },
  };
}

function toLogPage({ headers, body }: Answer, domain: string): Omit<LogPage, "isShort"> {
  const answeredAt = Date.parse(String(headers.date));
  return {
    entries: parsePage(body, domain),
    characters: body.length,
    answeredAt: Number.isNaN(answeredAt) ? undefined : answeredAt,
  };
}

function entryTooLarge(cause: AnswerTooLargeError, domain: string): RetryableError {
  return new RetryableError(`${domain} was asked for one entry alone. ${cause.message}`, {
    cause,
    remedy:
      "This entry is too large to be read; a smaller batch_size does not help. To go on without it, set start_from to its log_id.",
  });
}
