import { expect, test } from "vitest";
import { silentLogger } from "./logger.ts";
import { createEventStream, type PipelineEvent } from "./telemetry.ts";

const event: PipelineEvent = { type: "receiver.throttled", lane: "a", delayMs: 1 };

test("a listener that throws disturbs neither the speaker nor the other listeners, and goes on being called", () => {
  const logged: unknown[][] = [];
  const stream = createEventStream({
    ...silentLogger,
    error: (...args: unknown[]) => void logged.push(args),
  });
  const heard: string[] = [];
  const failure = new Error("broken listener");
  stream.subscribe(() => {
    heard.push("broken");
    throw failure;
  });
  stream.subscribe(() => heard.push("sound"));
  stream.emit(event);
  stream.emit(event);
  expect(heard).toEqual(["broken", "sound", "broken", "sound"]);
  expect(logged.map(([fields]) => fields)).toEqual(
    Array(2).fill({ error: failure, event: "receiver.throttled" }),
  );
});

test("who has stopped listening hears nothing more, the others do", () => {
  const stream = createEventStream(silentLogger);
  const heard: string[] = [];
  const stopListening = stream.subscribe(() => heard.push("first"));
  stream.subscribe(() => heard.push("second"));
  stopListening();
  stream.emit(event);
  expect(heard).toEqual(["second"]);
});
