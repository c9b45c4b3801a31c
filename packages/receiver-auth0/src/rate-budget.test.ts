import { startTenant } from "@loghook/auth0-simulator";
import { type ManualClock, manualClock } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { createRateBudget, NotNeededError } from "./rate-budget.ts";
import { lane, receiverOf, recordsOf, run, skipSleeps } from "./receiver.test-kit.ts";
import type { Answer } from "./tenant-client.ts";

const { signal } = new AbortController();

function answer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: "" };
}

const inSeconds = (clock: ManualClock, seconds: number): string => String(clock.now() / 1000 + seconds);

/** Sends one request after another and gives the pauses between them. */
async function pausesBetween(
  clock: ManualClock,
  maxShare: number,
  headers: Record<string, string>,
): Promise<number[]> {
  const budget = createRateBudget({ clock, maxShare });
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  const sentAt: number[] = [];
  for (let n = 0; n < 4; n++) {
    await budget.send(
      async () => {
        sentAt.push(clock.now());
        return answer(200, headers);
      },
      { signal, onThrottled: () => {} },
    );
  }
  done.abort();
  return sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
}

describe("requests are spread over the time until the limit is refilled", () => {
  test.for([
    { maxShare: 0.5, remaining: 10, resetS: 10, pauses: [2000, 1600, 1280] },
    { maxShare: 1, remaining: 10, resetS: 10, pauses: [1000, 900, 810] },
    { maxShare: 1, remaining: 0, resetS: 2, pauses: [2000, 0, 0] },
    { maxShare: 0.5, remaining: 0, resetS: 2, pauses: [4000, 0, 0] },
    { maxShare: 0.5, remaining: 4999, resetS: 1, pauses: [0, 0, 0] },
    { maxShare: 0.5, remaining: 0, resetS: 3600, pauses: [60_000, 60_000, 60_000] },
    { maxShare: 0.5, remaining: 5, resetS: -1, pauses: [0, 0, 0] },
  ])(
    "with $remaining left for $resetS s and a share of $maxShare",
    async ({ maxShare, remaining, resetS, pauses }) => {
      const clock = manualClock();
      const headers = {
        "x-ratelimit-remaining": String(remaining),
        "x-ratelimit-reset": inSeconds(clock, resetS),
      };
      expect(await pausesBetween(clock, maxShare, headers)).toEqual(pauses);
    },
  );

  test.for<Record<string, string>>([
    {},
    { "x-ratelimit-remaining": "many", "x-ratelimit-reset": "soon" },
    { "x-ratelimit-remaining": "1" },
  ])("unless the headers %j make no sense", async (headers) => {
    expect(await pausesBetween(manualClock(), 0.5, headers)).toEqual([0, 0, 0]);
  });
});

describe("an answer of 429 is waited out", () => {
  test.for([
    { name: "as long as Retry-After says", headers: { "retry-after": "7" }, resetS: 3, delayMs: 7000 },
    {
      name: "as long as Retry-After says, also above a minute",
      headers: { "retry-after": "900" },
      resetS: 3,
      delayMs: 900_000,
    },
    { name: "until the limit is refilled", headers: {}, resetS: 3, delayMs: 3000 },
    { name: "until the limit is refilled, a minute at most", headers: {}, resetS: 3600, delayMs: 60_000 },
  ])("$name", async ({ headers, resetS, delayMs }) => {
    const clock = manualClock();
    const answers = [answer(429, { ...headers, "x-ratelimit-reset": inSeconds(clock, resetS) }), answer(200)];
    const waits: number[] = [];
    const budget = createRateBudget({ clock, maxShare: 0.5 });
    const sending = budget.send(async () => answers.shift() ?? answer(500), {
      signal,
      onThrottled: (until) => waits.push(until - clock.now()),
    });
    expect(await clock.nextSleep()).toBe(delayMs);
    clock.advance(delayMs);
    expect((await sending).status).toBe(200);
    expect(waits).toEqual([delayMs]);
  });

  test("with pauses that grow to a minute, where nothing says how long", async () => {
    const clock = manualClock();
    const done = new AbortController();
    void skipSleeps(clock, done.signal);
    const waits: number[] = [];
    let left = 20;
    const budget = createRateBudget({ clock, maxShare: 0.5 });
    await budget.send(async () => answer(left-- > 0 ? 429 : 200), {
      signal,
      onThrottled: (until) => waits.push(until - clock.now()),
    });
    done.abort();
    expect(waits).toHaveLength(20);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    expect(Math.max(...waits.slice(0, 2))).toBeLessThan(3000);
  });

  test("longer and longer when it is repeated although the wait was as asked", async () => {
    const clock = manualClock();
    const done = new AbortController();
    void skipSleeps(clock, done.signal);
    const waits: number[] = [];
    let left = 10;
    const budget = createRateBudget({ clock, maxShare: 0.5 });
    const headers = { "retry-after": "0" };
    await budget.send(async () => answer(left-- > 0 ? 429 : 200, headers), {
      signal,
      onThrottled: (until) => waits.push(until - clock.now()),
    });
    done.abort();
    // The first is no wait, so nothing is said of it.
    expect(waits).toHaveLength(9);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  });

  test("also by those who were waiting for their turn, and by those who come later: each is told how long", async () => {
    const clock = manualClock();
    const budget = createRateBudget({ clock, maxShare: 0.5 });
    const told: [who: string, ms: number][] = [];
    const answers = [answer(429, { "retry-after": "60" })];
    const send = (who: string): Promise<Answer> =>
      budget.send(async () => answers.shift() ?? answer(200), {
        signal,
        onThrottled: (until) => told.push([who, until - clock.now()]),
      });
    const sending = [send("first"), send("second")];
    await clock.nextSleep();
    clock.advance(20_000);
    sending.push(send("third"));
    clock.advance(40_000);
    await Promise.all(sending);
    expect(told.toSorted()).toEqual([
      ["first", 60_000],
      ["second", 60_000],
      ["third", 40_000],
    ]);
  });

  test("but not by who is told to stop", async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const budget = createRateBudget({ clock, maxShare: 0.5 });
    const sending = budget.send(async () => answer(429), { signal: stop.signal, onThrottled: () => {} });
    await clock.nextSleep();
    stop.abort(new Error("stop"));
    await expect(sending).rejects.toThrow("stop");
  });
});

describe("those who share a budget", () => {
  const options = { signal, onThrottled: () => {} };

  test("have one request under way at a time, however much is left", async () => {
    const budget = createRateBudget({ clock: manualClock(), maxShare: 1 });
    let underWay = 0;
    let most = 0;
    const request = async (): Promise<Answer> => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return answer(200, { "x-ratelimit-remaining": "4999" });
    };
    await Promise.all(Array.from({ length: 10 }, () => budget.send(request, options)));
    expect(most).toBe(1);
  });

  test("take turns in the order in which they came, also when one of them leaves", async () => {
    const budget = createRateBudget({ clock: manualClock(), maxShare: 1 });
    const order: number[] = [];
    const leaving = new AbortController();
    const send = (n: number, own = signal): Promise<Answer> =>
      budget.send(
        async () => {
          order.push(n);
          return answer(200);
        },
        { ...options, signal: own },
      );
    const sending = [send(1), send(2), send(3, leaving.signal), send(4)];
    leaving.abort(new Error("left"));
    await expect(sending[2]).rejects.toThrow("left");
    await Promise.all([...sending.toSpliced(2, 1), send(5)]);
    expect(order).toEqual([1, 2, 4, 5]);
  });

  test("do not wait for ever for one whose request breaks", async () => {
    const budget = createRateBudget({ clock: manualClock(), maxShare: 1 });
    const broken = budget.send(async () => {
      throw new Error("reset");
    }, options);
    const next = budget.send(async () => answer(200), options);
    await expect(broken).rejects.toThrow("reset");
    expect((await next).status).toBe(200);
  });

  test("do not send what has become needless while it waited", async () => {
    const budget = createRateBudget({ clock: manualClock(), maxShare: 1 });
    const sent: string[] = [];
    let isKnown = false;
    const request = (name: string) => async (): Promise<Answer> => {
      sent.push(name);
      isKnown = true;
      return answer(200);
    };
    const isNeeded = (): boolean => !isKnown;
    const sending = [
      budget.send(request("first"), { ...options, isNeeded }),
      budget.send(request("needless"), { ...options, isNeeded }),
      budget.send(request("last"), options),
    ];
    await expect(sending[1]).rejects.toBeInstanceOf(NotNeededError);
    await Promise.all(sending.toSpliced(1, 1));
    expect(sent).toEqual(["first", "last"]);
  });
});

describe("a clock that is set back by an hour", () => {
  const hourMs = 3_600_000;
  const onThrottled = (): void => {};

  test("leaves the pause between requests as it is", async () => {
    const clock = manualClock();
    const budget = createRateBudget({ clock, maxShare: 1 });
    const headers = { "x-ratelimit-remaining": "5", "x-ratelimit-reset": inSeconds(clock, 10) };
    const send = () => budget.send(async () => answer(200, headers), { signal, onThrottled });
    await send();
    clock.advance(-hourMs);
    const second = send();
    expect(await clock.nextSleep()).toBe(2000);
    clock.advance(2000);
    expect((await second).status).toBe(200);
  });

  test("leaves the wait after a 429 as long as was asked for", async () => {
    const clock = manualClock();
    const budget = createRateBudget({ clock, maxShare: 1 });
    const stop = new AbortController();
    const refused = budget.send(async () => answer(429, { "retry-after": "7" }), {
      signal: stop.signal,
      onThrottled,
    });
    await clock.nextSleep();
    stop.abort();
    await expect(refused).rejects.toThrow();

    clock.advance(-hourMs);
    const next = budget.send(async () => answer(200), { signal, onThrottled });
    expect(await clock.nextSleep()).toBe(7000);
    clock.advance(7000);
    expect((await next).status).toBe(200);
  });

  test("does not hide the next 429 behind one that is long over", async () => {
    const clock = manualClock();
    const answers = [answer(429, { "retry-after": "7" }), answer(200), answer(429, { "retry-after": "9" })];
    const waits: number[] = [];
    const budget = createRateBudget({ clock, maxShare: 1 });
    const send = () =>
      budget.send(async () => answers.shift() ?? answer(200), {
        signal,
        onThrottled: (until) => waits.push(until - clock.now()),
      });
    const first = send();
    clock.advance(await clock.nextSleep());
    await first;
    clock.advance(-hourMs);
    const second = send();
    expect(await clock.nextSleep()).toBe(9000);
    clock.advance(9000);
    await second;
    expect(waits).toEqual([7000, 9000]);
  });
});

test("a rate limit never fails a run, however long it lasts, and is told of", async () => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false, now: clock.now });
  tenant.fault({ on: "logs", status: 429, times: 5, headers: { "retry-after": "600" } });
  tenant.fault({ on: "token", status: 429, headers: { "retry-after": "900" } });
  await using receiver = receiverOf(tenant, { retry_on_failure: { max_elapsed_time: "1s" } }, { clock });
  const since = clock.now();
  expect(recordsOf(await run(receiver))).toHaveLength(3);
  done.abort();
  expect(clock.now() - since).toBeGreaterThanOrEqual(3_900_000);
  const throttled = receiver.settings.events.filter(({ type }) => type === "receiver.throttled");
  expect(throttled).toHaveLength(6);
  expect(throttled[0]).toEqual({ type: "receiver.throttled", lane, delayMs: 900_000 });
});

test("leaves a part of a small budget to others, and is not refused once", async () => {
  const clock = manualClock();
  const done = new AbortController();
  void skipSleeps(clock, done.signal);
  const rateLimit = { burst: 10, perSecond: 1 };
  await using tenant = await startTenant({ entries: 40, rateLimit, logsItsOwnTokens: false, now: clock.now });
  await using receiver = receiverOf(tenant, { batch_size: 1 }, { clock });
  expect(recordsOf(await run(receiver))).toHaveLength(40);
  done.abort();
  const reads = tenant.requests.filter(({ path }) => path === "/api/v2/logs");
  expect(reads.filter(({ status }) => status === 429)).toEqual([]);
  expect(leftAtLeast(reads, rateLimit)).toBeGreaterThanOrEqual(1);
});

/** The least that another reader of the same tenant would have found in the bucket. */
function leftAtLeast(
  reads: readonly { at: number }[],
  { burst, perSecond }: { burst: number; perSecond: number },
): number {
  let left = burst;
  let least = burst;
  let filledAt = reads[0]?.at ?? 0;
  for (const { at } of reads) {
    left = Math.min(burst, left + ((at - filledAt) / 1000) * perSecond) - 1;
    filledAt = at;
    least = Math.min(least, left);
  }
  return least;
}
