import { createEventStream, type EventStream, type Storage, silentLogger } from "@loghook/pipeline";
import { status, testSettings } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { slackReporter } from "./factory.ts";
import { failed, finished, lane, minuteMs, newWorld, startProcess } from "./reporter-process.test-kit.ts";
import { startSlack, textsOf, titlesOf } from "./slack.test-kit.ts";

describe("Slack in trouble", () => {
  test("disturbs nobody, and the log does not hold the address", async () => {
    await using slack = await startSlack();
    slack.answer = status(403, {}, "action_prohibited");
    const said: unknown[] = [];
    const note = (...words: unknown[]) => void said.push(words);
    const world = newWorld({ debug: note, info: note, warn: note, error: note });
    {
      await using process = startProcess(slack.url, world);
      process.events.emit(finished(world, failed));
    }
    expect(said).toEqual([
      [
        {
          reason: "Slack answered 403 action_prohibited",
          title: `:rotating_light: ${lane} is failing`,
        },
        "A message to Slack was not delivered.",
      ],
    ]);
  });

  test("makes the next failed run say what the last one could not", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    const well = slack.answer;
    slack.answer = status(404, {}, "channel_not_found");
    for (let n = 0; n < 3; n++) {
      await using process = startProcess(slack.url, world);
      process.events.emit(finished(world, failed));
      await slack.received(n < 1 ? 1 : 2);
      slack.answer = well;
      world.clock.advance(minuteMs);
    }
    expect(titlesOf(slack.requests)).toEqual([
      `:rotating_light: ${lane} is failing`,
      `:rotating_light: ${lane} is failing`,
    ]);
    expect(textsOf(slack.requests)[1]).toContain("*Since:* 2026-03-02 08:59:58 UTC (1 minute, 2 seconds)");
  });

  test("keeps a process that ends for ten seconds at most", async () => {
    await using slack = await startSlack();
    slack.answer = () => {}; // never
    const world = newWorld();
    const process = startProcess(slack.url, world);
    process.events.emit(finished(world, failed));
    await slack.received(1);
    const ended = process[Symbol.asyncDispose]();
    expect(await world.clock.nextSleep()).toBe(10_000);
    world.clock.advance(10_000);
    await ended;
    expect(slack.requests).toHaveLength(1);
  });
});

test("a storage that fails is no reason to be silent", async () => {
  await using slack = await startSlack();
  const broken = async (): Promise<never> => {
    throw new Error("disk full");
  };
  const client = { get: broken, set: broken, delete: broken };
  const storage: Storage = {
    client: () => client,
    runs: { save: broken, list: broken },
    parked: { add: broken, list: broken, count: broken, remove: broken },
    ledger: undefined,
    async [Symbol.asyncDispose]() {},
  };
  const world = { ...newWorld(), storage };
  {
    await using process = startProcess(slack.url, world);
    process.events.emit(finished(world, failed));
    process.events.emit(finished(world, failed));
    process.events.emit(finished(world));
  }
  expect(titlesOf(slack.requests)).toEqual([
    `:rotating_light: ${lane} is failing`,
    `:large_green_circle: ${lane} works again`,
  ]);
});

test("without an address nothing is listened to", async () => {
  const world = newWorld();
  const events = createEventStream(silentLogger);
  let subscribed = 0;
  const counting: EventStream = {
    ...events,
    subscribe(listener) {
      subscribed++;
      return events.subscribe(listener);
    },
  };
  const reporter = slackReporter.create(slackReporter.config.parse({}), {
    ...testSettings(),
    events: counting,
    runs: world.storage.runs,
  });
  await reporter[Symbol.asyncDispose]();
  expect(subscribed).toBe(0);
});

test("a disposed reporter listens no more, and can be disposed again", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  const process = startProcess(slack.url, world);
  await process[Symbol.asyncDispose]();
  process.events.emit(finished(world, failed));
  await process[Symbol.asyncDispose]();
  expect(slack.requests).toEqual([]);
});
