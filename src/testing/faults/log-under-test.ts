/**
 * A log under test: opened by processes that die, on machines that lose their power. Whoever has a LogStore of their own
 * writes one of these to have it tried: `open` starts a process by `injector.startProcess()` and takes each call that reads
 * or stores through it.
 */
import type { LogStore } from "../../actors/log/port.ts";
import type { RandomSequence } from "../determinism/seeded-random.ts";
import { type Fault, FaultInjector, type Step } from "./fault-injector.ts";

/** How all processes end: killed, with what they wrote still there, or with the power of the machine. */
export type CrashKind = "killed" | "powerLost";

export interface LogUnderTest {
  /** The log as a new process opens it. */
  open(): LogStore;
  /** Ends all processes; with the power, what was not synced may be lost. */
  crash(kind: CrashKind, random: RandomSequence): void;
  /** Removes what it was kept on. */
  dispose(): void;
}

/** Makes an empty log whose steps `injector` counts and breaks. */
export type CreateLogUnderTest = (injector: FaultInjector) => LogUnderTest;

/** What a workload did. */
export interface WorkloadResult {
  steps: readonly Step[];
  /** The step that was broken; null if the workload never came to it. */
  injected: Step | null;
}

/** Runs a workload over a new log in which the step that `fault` names is broken. */
export async function runUnderFault(
  create: CreateLogUnderTest,
  fault: Fault | null,
  run: (log: LogUnderTest, injector: FaultInjector) => Promise<void>,
): Promise<WorkloadResult> {
  const injector = new FaultInjector(fault);
  const log = create(injector);
  try {
    await run(log, injector);
  } finally {
    log.dispose();
  }
  return { steps: injector.steps, injected: injector.injected };
}
