import type { PipelineEvent } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import {
  checkpoint,
  failed,
  failing,
  finished,
  lane,
  minuteMs,
  newWorld,
  path,
  retry,
  run,
  startProcess,
} from "./reporter-process.test-kit.ts";
import { startSlack, textsOf, titlesOf } from "./slack.test-kit.ts";

describe("a failed run", () => {
  test("is reported with all that somebody on call needs", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    await world.storage.runs.save(run(world, { id: "earlier", checkpoint }));
    {
      await using process = startProcess(slack.url, world);
      process.events.emit(finished(world, { ...failed, nextRunAt: world.clock.now() + 5 * minuteMs }));
    }
    expect(slack.requests[0]).toMatchObject({ method: "POST", path });
    expect(textsOf(slack.requests)).toEqual([
      [
        `:rotating_light: ${lane} is failing`,
        "The webhook answered 503.",
        "*Since:* 2026-03-02 08:59:58 UTC (2 seconds)",
        "*Waiting:* at least 42 entries",
        `*Goes on after:* \`${checkpoint}\``,
        "*Next try:* 2026-03-02 09:05:00 UTC (in 5 minutes)",
        "*What to do:* Start the webhook.",
        "loghook on web-1, 2026-03-02 09:00:00 UTC",
      ].join("\n"),
    ]);
  });

  test("then another, then a good one, each in its own process: one alert and one recovery", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    for (const change of [failed, failed, {}, {}]) {
      await using process = startProcess(slack.url, world);
      process.events.emit(finished(world, change));
      world.clock.advance(5 * minuteMs);
    }
    expect(titlesOf(slack.requests)).toEqual([
      `:rotating_light: ${lane} is failing`,
      `:large_green_circle: ${lane} works again`,
    ]);
    expect(textsOf(slack.requests)[1]).toContain("It failed from 2026-03-02 08:59:58 UTC on, for 10 minutes");
  });

  test("is told again when the reminder interval is over, with the time when it began", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    for (let n = 0; n < 13; n++) {
      await using process = startProcess(slack.url, world, { reminder_interval: "30m" });
      process.events.emit(finished(world, failed));
      if (n < 12) world.clock.advance(5 * minuteMs);
    }
    expect(titlesOf(slack.requests)).toEqual([
      `:rotating_light: ${lane} is failing`,
      `:rotating_light: ${lane} is still failing`,
      `:rotating_light: ${lane} is still failing`,
    ]);
    expect(textsOf(slack.requests)[2]).toContain("*Since:* 2026-03-02 08:59:58 UTC (1 hour, 2 seconds)");
  });

  test("of one lane says nothing of another", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    {
      await using process = startProcess(slack.url, world);
      process.events.emit(finished(world, failed));
      process.events.emit(finished(world, { ...failed, lane: "logs/auth0/backup" }));
      process.events.emit(finished(world, { lane: "logs/auth0/backup" }));
    }
    expect(titlesOf(slack.requests)).toEqual([
      `:rotating_light: ${lane} is failing`,
      ":rotating_light: logs/auth0/backup is failing",
      ":large_green_circle: logs/auth0/backup works again",
    ]);
  });

  test("that was stopped is no failure", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    {
      await using process = startProcess(slack.url, world, { send_success: true });
      process.events.emit(finished(world, { status: "stopped" }));
    }
    expect(slack.requests).toEqual([]);
  });
});

describe("a lane that follows its source", () => {
  test("is reported once when it fails, again while retries go on, and when it recovers", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    {
      await using process = startProcess(slack.url, world);
      process.events.emit(failing(world));
      for (let n = 0; n < 120; n++) {
        world.clock.advance(minuteMs);
        process.events.emit(retry(world));
      }
      process.events.emit({ type: "lane.recovered", lane, since: world.clock.now() });
      process.events.emit(finished(world, { trigger: "poll" }));
    }
    expect(titlesOf(slack.requests)).toEqual([
      `:rotating_light: ${lane} is failing`,
      `:rotating_light: ${lane} is still failing`,
      `:rotating_light: ${lane} is still failing`,
      `:large_green_circle: ${lane} works again`,
    ]);
    expect(textsOf(slack.requests)[0]).toContain("*Next try:* loghook goes on trying by itself");
    expect(textsOf(slack.requests)[1]).toContain("The webhook answered 502.");
    expect(textsOf(slack.requests)[1]).toContain("*Waiting:* at least 7 entries");
  });

  test("is not reported for a retry that nobody called a failure", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    {
      await using process = startProcess(slack.url, world);
      process.events.emit(retry(world));
      process.events.emit({ type: "lane.recovered", lane, since: world.clock.now() });
    }
    expect(slack.requests).toEqual([]);
  });
});

test("a lane that was taken out while it failed is forgotten, also by the next process", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  {
    await using process = startProcess(slack.url, world);
    process.events.emit(failing(world));
    process.events.emit({ type: "lane.removed", lane });
  }
  {
    await using process = startProcess(slack.url, world);
    // Put back, and well.
    process.events.emit(finished(world));
  }
  expect(titlesOf(slack.requests)).toEqual([`:rotating_light: ${lane} is failing`]);
});

describe("a run that succeeded", () => {
  test.for([
    { send_success: false, expected: [] },
    { send_success: true, expected: [`:white_check_mark: ${lane} succeeded`] },
  ])("is reported only with send_success: $send_success", async ({ send_success, expected }) => {
    await using slack = await startSlack();
    const world = newWorld();
    {
      await using process = startProcess(slack.url, world, { send_success });
      process.events.emit(finished(world));
    }
    expect(titlesOf(slack.requests)).toEqual(expected);
  });

  test("after a failure is reported as a recovery alone", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    {
      await using process = startProcess(slack.url, world, { send_success: true });
      process.events.emit(finished(world, failed));
      process.events.emit(finished(world));
    }
    expect(titlesOf(slack.requests)).toEqual([
      `:rotating_light: ${lane} is failing`,
      `:large_green_circle: ${lane} works again`,
    ]);
  });
});

describe("a gap", () => {
  const gap = (lost: boolean, message: string): PipelineEvent => ({
    type: "receiver.gap",
    lane,
    lost,
    message,
  });

  test("that threatens is reported again when half of the time is over, however long reminders are apart", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    const deadline = world.clock.now() + 12 * 60 * minuteMs;
    for (let hour = 0; hour < 12; hour++) {
      await using process = startProcess(slack.url, world, { reminder_interval: "24h" });
      process.events.emit({ ...gap(false, "Entries will be lost."), deadline } as PipelineEvent);
      world.clock.advance(60 * minuteMs);
    }
    expect(textsOf(slack.requests).map((text) => text.split("\n")[2])).toEqual([
      "*Time left:* until 2026-03-02 21:00:00 UTC (12 hours)",
      "*Time left:* until 2026-03-02 21:00:00 UTC (6 hours)",
      "*Time left:* until 2026-03-02 21:00:00 UTC (3 hours)",
      "*Time left:* until 2026-03-02 21:00:00 UTC (1 hour)",
    ]);
  });

  test("that threatens is reported at the pace of reminders, a loss at once, and the same loss only once", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    for (let n = 0; n < 3; n++) {
      await using process = startProcess(slack.url, world);
      process.events.emit(gap(false, `${5 - n} hours left.`));
      world.clock.advance(40 * minuteMs);
    }
    {
      await using process = startProcess(slack.url, world);
      process.events.emit(gap(true, "Entries of one hour are lost."));
      process.events.emit(gap(true, "Entries of one hour are lost."));
      process.events.emit(gap(true, "Entries of two hours are lost."));
    }
    expect(textsOf(slack.requests).map((text) => text.split("\n", 2))).toEqual([
      [`:warning: ${lane} is about to lose entries`, "5 hours left."],
      [`:warning: ${lane} is about to lose entries`, "3 hours left."],
      [`:rotating_light: ${lane} has lost entries`, "Entries of one hour are lost."],
      [`:rotating_light: ${lane} has lost entries`, "Entries of two hours are lost."],
    ]);
  });
});
