/** What the library's run takes and gives: types only. */
import type { Strategy } from "../../machines/restart-policy.ts";
import type { SupervisorContext } from "../../machines/supervisor.ts";
import type { RunEvent } from "../../protocol/client.ts";
import type { LogStore } from "../log/index.ts";
import type { Clock, Outcome } from "../runtime/ports.ts";
import type { ActorName, EventFor, FittingStreams, KindMap, StateFor, StreamMap, StreamState } from "./stream-types.ts";

/** How the run's supervisor treats crashes; the defaults are one_for_one, 3 restarts in 5,000 ms, no degrading. */
export interface Supervision {
  strategy?: Strategy;
  intensity?: { max: number; periodMs: number };
  /** Lose a stream that crashes too often and go on with the others, instead of ending the run. */
  degrade?: boolean;
}

export interface OpenRunOptions<Streams extends StreamMap = StreamMap, Kinds extends KindMap = KindMap> {
  /** The run's folder; created when it is missing. The log lies in `<dir>/log`. */
  dir: string;
  /** Stream name -> what it is. A run that goes on must name the streams that it was begun with. */
  streams: Streams & FittingStreams<Streams>;
  /** Further machines, by kind, that streams may start with the effect `spawnActor`; `supervisor` is there already. */
  kinds?: Kinds;
  /** Counts for a new run only; one that goes on keeps what it was begun with. */
  supervision?: Supervision;
  /** Default: the machine's clock. */
  clock?: Clock;
  /** Default: files in `<dir>/log`. With a log of your own there are no snapshots. */
  log?: LogStore;
  /** Called with every event once it is durable, in order. What it throws is thrown again as an uncaught error. */
  onEvent?: (event: RunEvent) => void;
}

/** How the supervisor ended. */
export type RunEnd = Exclude<SupervisorContext["outcome"], { kind: "running" }>;

/** What `until` may be told. */
export interface UntilOptions {
  /** Sequence number of a record: events after it count, also those of before the call that `events()` still holds. */
  since?: number;
}

/** An open run, of whatever streams. It keeps the process alive until it is closed, has failed, or is over. */
export interface LibraryRun {
  /**
   * Sends an event; resolves to it once it is durable (`child.crashed` if it crashed the stream). Rejects with
   * `run.unknownStream`, `run.inactiveStream`, `event.invalid`, `run.stopped` or `log.failed`. One that the machine does not
   * know is a warning of the process (`event.unknown`), as are answers that it does not know.
   */
  send(stream: string, event: Outcome): Promise<RunEvent>;
  /** The newest durable state of a stream. Throws `run.unknownStream`. */
  state(stream: string): StreamState;
  /** Durable events, oldest first: at most the newest 10,000, and none from before a snapshot. */
  events(): readonly RunEvent[];
  /** Calls back with every event to come, as `onEvent` does; returns how to stop. */
  watch(watcher: (event: RunEvent) => void): () => void;
  /**
   * Resolves with the first event that becomes durable after this call, or after the record `since`, and for which `is` is
   * true. Rejects with `run.over` or `run.stopped` when none can come any more, and as `failed` does. Need not be handled.
   */
  until(is: (event: RunEvent) => boolean, options?: UntilOptions): Promise<RunEvent>;
  /** Asks the supervisor to stop the streams, newest first, and to end the run for good. */
  stop(reason: string): Promise<void>;
  /** Resolves when the supervisor has ended; stays open when the run is only closed. */
  readonly done: Promise<RunEnd>;
  /** Rejects when the host cannot go on (`log.failed`, `run.rootCrashed`); never resolves. Need not be handled. */
  readonly failed: Promise<never>;
  /** Stops performing, waits for the performers, and closes the log; the run can be opened again. Safe to call twice. */
  close(): Promise<void>;
}

/** An open run whose streams are known: by which names, which events they take, what their state is. */
export interface RunOf<Streams extends StreamMap, Kinds extends KindMap> extends Omit<LibraryRun, "send" | "state"> {
  /** As `LibraryRun` has it. */
  send<Name extends ActorName<Streams, Kinds>>(stream: Name, event: EventFor<Streams, Kinds, Name>): Promise<RunEvent>;
  /** As `LibraryRun` has it. */
  state<Name extends ActorName<Streams, Kinds>>(stream: Name): StateFor<Streams, Kinds, Name>;
}
