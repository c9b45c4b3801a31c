import { type Logger, silentLogger } from "@loghook/pipeline";
import { type ManualClock, manualClock } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { createOutbox, type Post, type PostResult } from "./outbox.ts";
import { slackMessage } from "./slack-message.ts";

const message = (title: string) => slackMessage({ title, sections: ["text"], footer: "host" });

/** A Slack that gives these answers, then takes everything, and remembers what it was sent. */
function slackThat(...answers: PostResult[]): { readonly posted: string[]; readonly post: Post } {
  const posted: string[] = [];
  return {
    posted,
    async post({ text }) {
      posted.push(text.split("\n", 1)[0] ?? "");
      return answers.shift() ?? { status: "taken" };
    },
  };
}

const unavailable: PostResult = { status: "unavailable", reason: "Slack answered 503" };

function listen(): { readonly logger: Logger; readonly warnings: object[] } {
  const warnings: object[] = [];
  return { warnings, logger: { ...silentLogger, warn: (fields) => warnings.push(fields) } };
}

/** Moves the clock whenever somebody sleeps, and notes for how long, `times` times. */
async function sleepThrough(clock: ManualClock, times: number): Promise<number[]> {
  const delays: number[] = [];
  while (delays.length < times) {
    const delayMs = await clock.nextSleep();
    delays.push(delayMs);
    clock.advance(delayMs);
  }
  return delays;
}

describe("the outbox", () => {
  test("sends in order, one after the other", async () => {
    const slack = slackThat();
    const outbox = createOutbox({ post: slack.post, clock: manualClock(), logger: silentLogger });
    for (const title of ["a", "b", "c"]) outbox.send(message(title));
    await outbox[Symbol.asyncDispose]();
    expect(slack.posted).toEqual(["a", "b", "c"]);
  });

  test("sends again what was not taken, later and later, before what came after it", async () => {
    const clock = manualClock();
    const slack = slackThat(unavailable, unavailable);
    const outbox = createOutbox({ post: slack.post, clock, logger: silentLogger });
    outbox.send(message("a"));
    outbox.send(message("b"));
    const [first = NaN, second = NaN] = await sleepThrough(clock, 2);
    expect(first).toBeLessThanOrEqual(1_000);
    expect(second).toBeLessThanOrEqual(2_000);
    await outbox[Symbol.asyncDispose]();
    expect(slack.posted).toEqual(["a", "a", "a", "b"]);
  });

  test("comes back no sooner than Slack asks for", async () => {
    const clock = manualClock();
    const slack = slackThat({ ...unavailable, retryAfterMs: 90_000 });
    const outbox = createOutbox({ post: slack.post, clock, logger: silentLogger });
    outbox.send(message("a"));
    expect(await sleepThrough(clock, 1)).toEqual([90_000]);
    await outbox[Symbol.asyncDispose]();
    expect(slack.posted).toEqual(["a", "a"]);
  });

  test("gives a message up after five attempts, says so, and goes on with the next", async () => {
    const clock = manualClock();
    const { logger, warnings } = listen();
    const slack = slackThat(...Array<PostResult>(5).fill(unavailable));
    const outbox = createOutbox({ post: slack.post, clock, logger });
    const lost: string[] = [];
    outbox.send(message("a"), async () => void lost.push("a"));
    outbox.send(message("b"), async () => void lost.push("b"));
    await sleepThrough(clock, 4);
    await outbox[Symbol.asyncDispose]();
    expect(slack.posted).toEqual(["a", "a", "a", "a", "a", "b"]);
    expect(lost).toEqual(["a"]);
    expect(warnings).toEqual([{ reason: "Slack answered 503", title: "a" }]);
  });

  test("sends what Slack refuses only once", async () => {
    const { logger, warnings } = listen();
    const slack = slackThat({ status: "refused", reason: "Slack answered 404 channel_not_found" });
    const outbox = createOutbox({ post: slack.post, clock: manualClock(), logger });
    outbox.send(message("a"));
    outbox.send(message("b"));
    await outbox[Symbol.asyncDispose]();
    expect(slack.posted).toEqual(["a", "b"]);
    expect(warnings).toEqual([{ reason: "Slack answered 404 channel_not_found", title: "a" }]);
  });

  test("holds 100 messages while Slack is slow, and drops the oldest for the newest", async () => {
    const { logger, warnings } = listen();
    const answer = Promise.withResolvers<PostResult>();
    const slack = slackThat();
    const post: Post = async (sent, options) => {
      await answer.promise;
      return await slack.post(sent, options);
    };
    const outbox = createOutbox({ post, clock: manualClock(), logger });
    const lost: number[] = [];
    for (let n = 0; n <= 102; n++) outbox.send(message(`m${n}`), async () => void lost.push(n));
    answer.resolve({ status: "taken" });
    await outbox[Symbol.asyncDispose]();
    // The first one was under way already.
    expect(lost).toEqual([1, 2]);
    expect(slack.posted).toEqual(["m0", ...Array.from({ length: 100 }, (_, n) => `m${n + 3}`)]);
    expect(warnings[0]).toEqual({ reason: "too many messages were waiting", title: "m1" });
  });

  test("is disposed after ten seconds, whatever Slack does, and names what was not sent", async () => {
    const clock = manualClock();
    const { logger, warnings } = listen();
    const post: Post = async (_message, { signal }) => {
      await clock.sleep(86_400_000, { signal }).catch(() => {});
      return { status: "unavailable", reason: "loghook had to end" };
    };
    const outbox = createOutbox({ post, clock, logger });
    outbox.send(message("a"));
    outbox.send(message("b"));
    const disposed = outbox[Symbol.asyncDispose]();
    expect(await sleepThrough(clock, 1)).toEqual([10_000]);
    await disposed;
    expect(warnings).toEqual([
      { reason: "loghook had to end", title: "a" },
      { reason: "loghook had to end", title: "b" },
    ]);
  });

  test("can be disposed twice, and before it is used", async () => {
    const outbox = createOutbox({ post: slackThat().post, clock: manualClock(), logger: silentLogger });
    await outbox[Symbol.asyncDispose]();
    await outbox[Symbol.asyncDispose]();
  });
});
