/**
 * The executor that runs commands on this machine. Who only runs commands gets an executor handed in; this one is named
 * where a program is put together.
 */
import type { Executor } from "./executor.ts";
import { runProcess } from "./run-process.ts";
import { sweepProcesses } from "./sweep.ts";

/** Starts processes here, each in a group of its own, and finds what is left of them by their environment. */
export const localExecutor: Executor = { run: runProcess, sweep: sweepProcesses };
