/**
 * A log that is played with: opened by processes that die, on machines that lose their power. The keeper of a LogStore of
 * their own writes one of these to have it tried: `open` starts a process by `faults.boot()` and takes each call that reads
 * or stores through it.
 */
import type { LogStore } from "../../actors/log/port.ts";
import type { Random } from "../determinism/random-sequence.ts";
import type { Faults } from "./fault-injector.ts";

/** How all processes come to their end: killed, with what they wrote still there, or with the power of the machine. */
export type Ending = "killed" | "powerLost";

export interface LogUnderFaults {
  /** The log as a new process opens it. */
  open(): LogStore;
  /** Ends all processes; with the power, what was not synced may be lost. */
  end(how: Ending, random: Random): void;
  /** Takes away what it was kept on. */
  remove(): void;
}

/** Makes an empty log whose steps `faults` counts and breaks. */
export type CreateLogUnderFaults = (faults: Faults) => LogUnderFaults;
