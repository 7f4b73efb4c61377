/** Each machine of the program passes the check that it demands of its users' machines. */
import { describe, expect, it } from "vitest";
import type { AnyStateMachine } from "xstate";
import { checkMachine } from "../../src/actors/runtime/check-machine.ts";
import { hashMachine, hashMachines, listChangedKinds } from "../../src/actors/runtime/machine-hash.ts";
import { artifactsMachine } from "../../src/machines/artifacts.ts";
import { breakerMachine } from "../../src/machines/breaker.ts";
import { conflictMachine } from "../../src/machines/conflict.ts";
import { mergeEffects, taskEffects } from "../../src/machines/effects.ts";
import { mergeQueueMachine } from "../../src/machines/merge/merge-queue.ts";
import { schedulerMachine } from "../../src/machines/scheduler/scheduler.ts";
import { streamMachine } from "../../src/machines/stream.ts";
import { supervisorMachine } from "../../src/machines/supervisor.ts";
import { taskMachine } from "../../src/machines/task/task.ts";

const machines: Record<string, AnyStateMachine> = {
  artifacts: artifactsMachine,
  breaker: breakerMachine,
  conflict: conflictMachine,
  merge: mergeQueueMachine,
  scheduler: schedulerMachine,
  stream: streamMachine,
  supervisor: supervisorMachine,
  task: taskMachine,
};

describe("the program's own machines", () => {
  it.each(Object.entries(machines))("%s is pure", (_name, machine) => {
    expect(() => checkMachine(machine, [...Object.keys(taskEffects), ...Object.keys(mergeEffects)])).not.toThrow();
  });

  it("have hashes that tell them apart and change with the source of a function", () => {
    const hashes = hashMachines(machines);
    expect(new Set(Object.values(hashes)).size).toBe(Object.keys(machines).length);
    expect(hashMachine(taskMachine)).toBe(hashes.task);
    const changed = taskMachine.provide({ guards: { hasGates: () => false } });
    expect(hashMachine(changed)).not.toBe(hashes.task);
    expect(listChangedKinds(hashes, { ...hashes, task: hashMachine(changed) })).toEqual(["task"]);
    expect(listChangedKinds({ z: "1", m: "1" }, { m: "1", a: "1" })).toEqual(["a", "z"]);
  });
});
