import type { Exporter } from "@loghook/pipeline";
import type { Ability } from "./ability.ts";

/** A place that an exporter sends to. Disposed of after each test, and after the exporter that sends to it. */
export interface DestinationUnderTest extends AsyncDisposable {
  /** Makes an exporter that sends to this place. */
  createExporter(): Exporter | Promise<Exporter>;
  /** The `log.record.uid` of every record that it has taken so far, in any order; it may have taken one twice. */
  arrived(): readonly string[] | Promise<readonly string[]>;
  /** From now on it takes what comes. So does a new one. */
  take(): unknown;
  /** From now on it takes nothing, and says so: an outage that will pass. */
  readonly fail: Ability;
  /** It takes one more write, whatever it gets at once (a request, a message, a line), and then fails. */
  readonly failAfterOne: Ability;
  /** From now on it refuses what comes because of what is in it, and would refuse it again. */
  readonly reject: Ability;
  /** From now on it takes nothing and says nothing. Calls `reached` when a write has come, which will not end. */
  readonly hang: Ability<(reached: () => void) => unknown>;
}

/** Where an exporter sends to, for `exporterContract`. */
export interface ExporterDestination {
  /** Starts a new place, for one test, that takes what comes. */
  start(): DestinationUnderTest | Promise<DestinationUnderTest>;
}
