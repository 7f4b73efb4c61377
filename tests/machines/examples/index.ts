/** Every machine of the project with its cases, by the name of its file in `src/machines`. */
import { breakerCases } from "./breaker.ts";
import { conflictCases } from "./conflict.ts";
import type { MachineCase } from "./machine-case.ts";
import { mergeQueueCases } from "./merge-queue.ts";
import { schedulerCases } from "./scheduler.ts";
import { streamCases } from "./stream.ts";
import { supervisorCases } from "./supervisor.ts";
import { taskCases } from "./task.ts";

export const projectMachines: Readonly<Record<string, readonly MachineCase[]>> = {
  breaker: breakerCases,
  conflict: conflictCases,
  "merge-queue": mergeQueueCases,
  scheduler: schedulerCases,
  stream: streamCases,
  supervisor: supervisorCases,
  task: taskCases,
};
