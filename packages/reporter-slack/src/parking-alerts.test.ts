import { type PipelineEvent, RecordsRejectedError } from "@loghook/pipeline";
import { status, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import {
  failed,
  finished,
  lane,
  minuteMs,
  newWorld,
  run,
  startProcess,
  type World,
} from "./reporter-process.test-kit.ts";
import { startSlack, textsOf, titlesOf } from "./slack.test-kit.ts";

const uid = testBatch(1)[0]?.attributes["log.record.uid"];

function refused(
  type: "records.parked" | "records.dropped",
  n = 1,
  message = "It answered 422.",
): PipelineEvent {
  const batch = testBatch(1, n);
  const remedy = "Look at what the webhook says.";
  const error = new RecordsRejectedError(message, { records: batch, remedy });
  return type === "records.parked"
    ? { type, lane, batch, error, parked: n + 30 }
    : { type, lane, batch, error };
}

const started = (world: World): PipelineEvent => {
  const its = run(world, { status: "running" });
  return { type: "run.started", lane, run: its };
};

/** Lets a process hear these. It ends at once, which tells what is due. */
async function hear(slackUrl: string, world: World, events: readonly PipelineEvent[]): Promise<void> {
  await using process = startProcess(slackUrl, world);
  for (const event of events) process.events.emit(event);
}

test("a lane that begins to park is told of once, with how many, why, which the first is, and what to do", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  {
    await using process = startProcess(slack.url, world);
    process.events.emit(refused("records.parked", 1));
    process.events.emit(refused("records.parked", 2, "Another reason."));
    process.events.emit(refused("records.dropped", 3));
    expect(await world.clock.nextSleep()).toBe(10_000);
    world.clock.advance(10_000);
    await slack.received(1);
  }
  expect(textsOf(slack.requests)).toEqual([
    [
      `:warning: ${lane} has parked and dropped entries`,
      "It answered 422.",
      "*Parked:* 2 entries (32 in all)",
      "*Dropped:* 1 entry",
      "*Since:* 2026-03-02 09:00:00 UTC (10 seconds)",
      `*The first:* \`${uid}\``,
      "*What to do:* Look at what the webhook says.",
      "`loghook parked` shows what is parked and why, and can send it again.",
      "With `on_rejected: park` such entries would be kept; dropped ones are only in the tenant now.",
      "The other entries of the lane go out as ever.",
      "loghook on web-1, 2026-03-02 09:00:10 UTC",
    ].join("\n"),
  ]);
});

test("a process that ends tells at once what it has gathered", async () => {
  await using slack = await startSlack();
  await hear(slack.url, newWorld(), [refused("records.dropped")]);
  expect(titlesOf(slack.requests)).toEqual([`:warning: ${lane} has dropped an entry`]);
});

test("more of them are told once per reminder interval, with the count since, over all processes", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  for (let n = 1; n <= 13; n++) {
    await hear(slack.url, world, [refused("records.parked", n), refused("records.parked", n)]);
    world.clock.advance(10 * minuteMs);
  }
  const told = textsOf(slack.requests).map((text) => text.split("\n").slice(2, 4));
  expect(told).toEqual([
    ["*Parked:* 2 entries (31 in all)", "*Since:* 2026-03-02 09:00:00 UTC (less than a second)"],
    ["*Parked:* 12 entries (37 in all)", "*Since:* 2026-03-02 09:10:00 UTC (50 minutes)"],
    ["*Parked:* 12 entries (43 in all)", "*Since:* 2026-03-02 10:10:00 UTC (50 minutes)"],
  ]);
});

test("what is left to tell is told when the interval is over, although nothing more is parked", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  {
    await using process = startProcess(slack.url, world);
    process.events.emit(refused("records.parked", 1));
    await world.clock.nextSleep();
    world.clock.advance(10_000);
    await slack.received(1);
    process.events.emit(refused("records.parked", 2));
    expect(await world.clock.nextSleep()).toBe(60 * minuteMs);
    world.clock.advance(60 * minuteMs);
    await slack.received(2);
  }
  expect(textsOf(slack.requests)[1]).toContain("*Parked:* 1 entry (32 in all)");
});

test("what an earlier process has left to tell is told by the next one that runs the lane", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  await hear(slack.url, world, [refused("records.parked", 1)]);
  await hear(slack.url, world, [refused("records.parked", 2), refused("records.parked", 3)]);
  await hear(slack.url, world, [started(world)]);
  expect(slack.requests).toHaveLength(1);
  world.clock.advance(60 * minuteMs);
  await hear(slack.url, world, [started(world)]);
  await hear(slack.url, world, [started(world)]);
  expect(slack.requests).toHaveLength(2);
  expect(textsOf(slack.requests)[1]).toContain("*Parked:* 2 entries (33 in all)");
});

test("an alert that did not get through is told with the next one", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  const well = slack.answer;
  slack.answer = status(404);
  await hear(slack.url, world, [refused("records.parked", 1)]);
  slack.answer = well;
  await hear(slack.url, world, [refused("records.parked", 2)]);
  expect(textsOf(slack.requests)[1]).toContain("*Parked:* 2 entries (32 in all)");
});

test("a lane that was taken out is forgotten", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  await hear(slack.url, world, [refused("records.parked", 1), { type: "lane.removed", lane }]);
  expect(slack.requests).toEqual([]);
});

test("that a lane cannot park any more is the alert of its failure", async () => {
  await using slack = await startSlack();
  const world = newWorld();
  await hear(slack.url, world, [refused("records.parked", 1), finished(world, failed)]);
  expect(titlesOf(slack.requests)).toEqual([
    `:rotating_light: ${lane} is failing`,
    `:warning: ${lane} has parked an entry`,
  ]);
});

test("what a webhook answers can mention nobody, link nowhere, and add no lines of its own", async () => {
  await using slack = await startSlack();
  const hostile = "422: <!channel>\n*What to do:* <https://evil.example|here>\u2028\u001B[2J\u202E";
  await hear(slack.url, newWorld(), [refused("records.parked", 1, hostile)]);
  const [text = ""] = textsOf(slack.requests);
  expect(text.split("\n")[1]).toBe(
    "422: &lt;!channel&gt; *What to do:* &lt;https://evil.example|here&gt; [2J ",
  );
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
});
