/** Records of a run's log with the types of their data. The log itself knows records, and no events. */
import type { Events, EventType } from "./events.ts";

/** A record of one type of event. */
export interface RecordOf<Type extends EventType> {
  seq: number;
  /** Milliseconds since the Unix epoch. */
  time: number;
  /** Address of the actor that it was told. */
  actor: string;
  type: Type;
  data: Events[Type];
  /** Id of the effect that it answers, or null. */
  cause: string | null;
}

/** Any record: its `type` tells what its `data` are. */
export type RunRecord = { [Type in EventType]: RecordOf<Type> }[EventType];

/** A record as the log gives it. */
type AnyRecord = Omit<RecordOf<EventType>, "type" | "data"> & { type: string; data: unknown };

/**
 * The same record with its types. Nothing is looked at: what a program of this protocol wrote is as the types say, since
 * machines, performers and whoever sends can say nothing else. A type that is not of this protocol fits no case.
 */
export const readRecord = (record: AnyRecord): RunRecord => record as RunRecord;
