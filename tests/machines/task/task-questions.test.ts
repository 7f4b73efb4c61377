/** What an agent asks a person while its task runs: raised, answered, withdrawn; and what an answer grants. */
import { describe, expect, it } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import type { RequestedEffect } from "../../../src/actors/runtime/step.ts";
import { conflictMachine } from "../../../src/machines/conflict.ts";
import { taskMachine } from "../../../src/machines/task/task.ts";
import type { TaskContext, TaskStart } from "../../../src/machines/task/task-state.ts";

const START: TaskStart = {
  id: "t",
  stream: "builders",
  agent: "a",
  isolation: "worktree",
  gates: [],
  retries: 1,
  onConflict: "ask",
  backoff: { baseMs: 1, factor: 1, maxMs: 1 },
  seed: 1,
  attempt: "1",
  base: "B",
  at: 1,
};

class DrivenTask {
  readonly driver = createDriver(taskMachine);
  snapshot: AnyMachineSnapshot = this.driver.start(START).snapshot;

  get context(): TaskContext {
    return this.snapshot.context as TaskContext;
  }

  send(event: { type: string } & Record<string, unknown>): RequestedEffect[] {
    const { snapshot, effects } = this.driver.step(this.snapshot, { at: 2, ...event } as never);
    this.snapshot = snapshot;
    return effects;
  }

  run(): this {
    this.send({ type: "workspace.prepared", workspace: { id: "t.1", path: "/w", branch: "b", port: 1 } });
    return this;
  }

  exit(ok: boolean): RequestedEffect[] {
    const transcript = { path: "t", bytes: 0, sha256: "", truncated: false };
    const end = { code: ok ? 0 : 1, signal: null, reason: null, faultOf: "work", durationMs: 1, timedOut: false };
    return this.send({ type: "agent.exited", ok, ...end, transcript });
  }
}

const question = (ask: string, widens: string[] = []) => ({
  type: "question.asked",
  ask,
  kind: "approach",
  why: "which way?",
  choices: [
    { name: "allow", does: "goes" },
    { name: "refuse", does: "stays" },
  ],
  widens,
});

const nameOf = ({ name, params }: RequestedEffect): string =>
  name === "tell" ? `tell ${(params as { event: { type: string } }).event.type}` : name;

describe("a question of a running task", () => {
  it("is a conflict of its own, and the task goes on; the answer is applied", () => {
    const task = new DrivenTask().run();
    const [raised] = task.send(question("q1"));
    expect(raised).toMatchObject({
      name: "spawnActor",
      params: { id: "conflict:t-1", kind: "conflict", input: { kind: "approach", task: "t", ask: "q1" } },
    });
    expect(task.snapshot.value).toBe("running");
    const [applied] = task.send({ type: "conflict.decided", ask: "q1", choice: "refuse" });
    expect(applied).toEqual({ name: "tell", params: { to: "conflict:t-1", event: { type: "decision.applied" } } });
    expect(task.context.questions).toEqual([]);
    expect(task.exit(true).map(nameOf)).toEqual(["tell agent.succeeded", "commitWork"]);
  });

  it("that nobody asked is answered in vain, whatever the answer allows", () => {
    const task = new DrivenTask().run();
    task.send(question("q1", ["docs/**"]));
    task.send({ type: "conflict.decided", ask: "q2", choice: "allow" });
    expect(task.context.widened).toEqual([]);
    expect(task.context.questions).toHaveLength(1);
  });

  it("that widens the scope does so for the commit of this attempt only, and only when it is allowed", () => {
    const commitOf = (effects: RequestedEffect[]) => effects.find(({ name }) => name === "commitWork")?.params;
    const allowed = new DrivenTask().run();
    allowed.send(question("q1", ["docs/**"]));
    allowed.send({ type: "conflict.decided", ask: "q1", choice: "allow" });
    expect(commitOf(allowed.exit(true))).toMatchObject({ widened: ["docs/**"] });
    const refused = new DrivenTask().run();
    refused.send(question("q1", ["docs/**"]));
    refused.send({ type: "conflict.decided", ask: "q1", choice: "refuse" });
    expect(commitOf(refused.exit(true))).not.toHaveProperty("widened");
    allowed.send({ type: "work.outOfScope", files: ["x"] });
    allowed.send({ type: "timer.fired", timer: "backoff" });
    allowed.send({ type: "attempt.start", attempt: "2", base: "B2" });
    allowed.run();
    expect(commitOf(allowed.exit(true))).not.toHaveProperty("widened");
  });

  it("is withdrawn when the attempt ends, fails, or is lost", () => {
    const stopped = { name: "stopActor", params: { id: "conflict:t-1", reason: "its attempt ended" } };
    for (const end of ["ok", "failed", "lost"]) {
      const task = new DrivenTask().run();
      task.send(question("q1"));
      const effects = end === "lost" ? task.send({ type: "agent.lost", killed: 0 }) : task.exit(end === "ok");
      expect(effects, end).toContainEqual(stopped);
      expect(task.context.questions).toEqual([]);
      expect(task.send({ type: "conflict.decided", ask: "q1", choice: "allow" })).toEqual([]);
    }
  });

  it("is not raised while the task is being stopped, nor when too many are open", () => {
    const stopping = new DrivenTask().run();
    stopping.send({ type: "task.stop", reason: "enough" });
    expect(stopping.send(question("q1"))).toEqual([]);
    const eager = new DrivenTask().run();
    const raised = [1, 2, 3, 4, 5, 6].filter((at) => eager.send(question(`q${at}`)).length > 0);
    expect(raised).toEqual([1, 2, 3, 4]);
  });

  it("does not disturb the number of a conflict that comes later", () => {
    const task = new DrivenTask().run();
    task.send(question("q1"));
    task.exit(true);
    task.send({ type: "work.committed", commit: "c", files: ["f"], removesMerged: [] });
    const effects = task.send({ type: "merge.conflicted", files: ["f"], head: "h" });
    expect(effects.find(({ name }) => name === "spawnActor")?.params).toMatchObject({ id: "conflict:t-2" });
    expect(task.send({ type: "conflict.decided", choice: "rerun" }).map(nameOf)).toContain("tell decision.applied");
  });
});

describe("the conflict of a question", () => {
  it("tells its task which question was decided", () => {
    const driver = createDriver(conflictMachine);
    const input = { kind: "approach", task: "t", why: "w", files: [], choices: question("q").choices };
    const decide = (more: object) =>
      driver.step(driver.start({ ...input, ...more }).snapshot, {
        type: "decision.made",
        choice: "allow",
        by: "a person",
      } as never).effects;
    const tells = (event: object) => [{ name: "tell", params: { to: "task:t", event } }];
    expect(decide({ ask: "q" })).toEqual(tells({ type: "conflict.decided", choice: "allow", ask: "q" }));
    expect(decide({})).toEqual(tells({ type: "conflict.decided", choice: "allow" }));
  });
});
