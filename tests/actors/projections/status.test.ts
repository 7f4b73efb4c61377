/** What the status document says of a run at each of its moments: its state, and what its tasks wait for. */
import { describe, expect, it } from "vitest";
import type { LogRecord } from "../../../src/actors/log/port.ts";
import { emptyMeta, noteRecord } from "../../../src/actors/projections/run-view.ts";
import { projectStatus } from "../../../src/actors/projections/status.ts";
import { runLogics } from "../../../src/actors/run-actors/root.ts";
import { applyRecorded } from "../../../src/actors/runtime/open-runtime.ts";
import { ActorSystem } from "../../../src/actors/runtime/system.ts";
import type { Gate } from "../../../src/plan/model.ts";
import type { RunStatus } from "../../../src/protocol/states.ts";
import type { WaitKind, WaitsFor } from "../../../src/protocol/status.ts";
import { buildPlan, scriptedAgent, simulate } from "../../../src/testing/simulate/index.ts";
import type { SimulateOptions } from "../../../src/testing/simulate/simulate.ts";

const MINUTE = 60_000;
const BEGIN = Date.UTC(2000, 0, 1);
const at = (minutes: number): string => new Date(BEGIN + minutes * MINUTE).toISOString();

/** States of the run in their order, and what each task waited for, each wait once. */
async function watch(plan: ReturnType<typeof buildPlan>, options: SimulateOptions = {}) {
  const run = await simulate(plan, { durations: () => MINUTE, ...options });
  expect(run.violations).toEqual([]);
  const machines = Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine]));
  const system = new ActorSystem(machines);
  const meta = emptyMeta();
  const states: RunStatus[] = [];
  const waits: Record<string, WaitsFor[]> = {};
  const records: LogRecord[] = run.log.records();
  for (const [index, record] of records.entries()) {
    applyRecorded(system, record);
    noteRecord(meta, record);
    // Records of one batch have one time; only what stands at its end is ever seen.
    if (records[index + 1]?.time === record.time) continue;
    const { status, tasks } = projectStatus(system, meta, { hostAlive: true, now: record.time });
    if (states.at(-1) !== status) states.push(status);
    for (const { id, waitsFor } of tasks) {
      const known = waits[id] ?? [];
      if (waitsFor !== undefined && !known.some((wait) => JSON.stringify(wait) === JSON.stringify(waitsFor)))
        waits[id] = [...known, waitsFor];
    }
  }
  const waitOf = (task: string, kind: WaitKind): WaitsFor | undefined =>
    waits[task]?.find((wait) => wait.kind === kind);
  return { states, waits, waitOf };
}

const fails = scriptedAgent({ attempts: [{ ok: false }] });

describe("the state of a run", () => {
  it("is succeeded when all was merged", async () => {
    const { states } = await watch(buildPlan({ tasks: [{ id: "a" }] }));
    expect(states).toEqual(["running", "succeeded"]);
  });

  it("is partial when some of what should have been merged was, and failed when nothing was", async () => {
    const plan = buildPlan({ tasks: [{ id: "a" }, { id: "b" }] });
    expect((await watch(plan, { agents: { tasks: { b: fails } } })).states.at(-1)).toBe("partial");
    expect((await watch(plan, { agents: { tasks: { a: fails, b: fails } } })).states.at(-1)).toBe("failed");
  });

  it("is failed without a branch, whatever was done", async () => {
    const plan = buildPlan({ isolation: "none", tasks: [{ id: "a" }, { id: "b" }] });
    expect((await watch(plan, { agents: { tasks: { b: fails } } })).states.at(-1)).toBe("failed");
  });

  it("tells of a failed task whose agent's service refused twice what was asked for it", async () => {
    const { log } = await simulate(buildPlan({ tasks: [{ id: "a", retries: 3 }, { id: "b" }] }), {
      durations: () => MINUTE,
      agents: { tasks: { a: fails, b: fails } },
    });
    const machines = Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine]));
    const [system, meta] = [new ActorSystem(machines), emptyMeta()];
    for (const record of log.records()) {
      const failure = { kind: "request", hint: "h", isFinal: false, retryAfterMs: null };
      const isExit = record.actor === "task:a" && record.type === "agent.exited";
      applyRecorded(system, isExit ? { ...record, data: { ...(record.data as object), failure } } : record);
      noteRecord(meta, record);
    }
    const { tasks } = projectStatus(system, meta, { hostAlive: false, now: BEGIN });
    expect(tasks.map(({ id, refused }) => [id, refused])).toEqual([
      ["a", true],
      ["b", undefined],
    ]);
  });

  it("is cancelling until whoever works has stopped", async () => {
    const plan = buildPlan({ tasks: [{ id: "a" }] });
    const machines = Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine]));
    const system = new ActorSystem(machines);
    const meta = emptyMeta();
    const { log } = await simulate(plan, { durations: () => 60 * MINUTE, faults: { cancelRate: 1 } });
    for (const record of log.records()) {
      applyRecorded(system, record);
      noteRecord(meta, record);
      if (record.type === "run.cancel") break;
    }
    const project = (hostAlive: boolean): RunStatus =>
      projectStatus(system, meta, { hostAlive, now: system.time }).status;
    expect(project(true)).toBe("cancelling");
    expect(project(false)).toBe("interrupted");
    expect((await watch(plan, { durations: () => 60 * MINUTE, faults: { cancelRate: 1 } })).states.at(-1)).toBe(
      "cancelled",
    );
  });
});

describe("a task that does not go on", () => {
  it("waits for what it needs, since the run began", async () => {
    const { waits } = await watch(buildPlan({ tasks: [{ id: "a" }, { id: "b" }, { id: "c", needs: ["a", "b"] }] }), {
      durations: { a: MINUTE, b: 2 * MINUTE, c: MINUTE },
    });
    expect(waits.c).toEqual([
      { kind: "need", on: ["a", "b"], since: at(0), until: null, text: "waits for a, b" },
      { kind: "need", on: ["b"], since: at(0), until: null, text: "waits for b" },
    ]);
    expect(waits.a).toBeUndefined();
  });

  it("waits for a slot, of the run, of its stream, or of its agent", async () => {
    const tasks = [{ id: "a" }, { id: "b", needs: ["a"] }, { id: "c", needs: ["a"] }];
    expect((await watch(buildPlan({ concurrency: 1, tasks }))).waitOf("c", "slot")).toEqual({
      kind: "slot",
      on: [],
      since: at(1),
      until: null,
      text: "waits for a slot: the only one is taken",
    });
    const narrow = [{ name: "builders", concurrency: 2, restart: "transient" as const }];
    const three = buildPlan({ streams: narrow, tasks: [{ id: "a" }, { id: "b" }, { id: "c" }] });
    expect((await watch(three)).waitOf("c", "streamSlot")).toMatchObject({
      on: ["builders"],
      text: "waits for a slot of stream builders: all 2 slots are taken",
    });
    const agents = [{ name: "claude", kind: "claude" as const, concurrency: 1 }];
    const work = { kind: "agent" as const, agent: "claude", instruction: "" };
    const both = buildPlan({
      agents,
      tasks: [
        { id: "a", work },
        { id: "b", work },
      ],
    });
    expect((await watch(both)).waitOf("b", "slot")).toMatchObject({
      on: ["claude"],
      text: "waits for agent claude: the only one is taken",
    });
  });

  it("waits for a resource, and who holds it is said", async () => {
    const uses = { database: 1 };
    const plan = buildPlan({
      resources: uses,
      tasks: [
        { id: "a", uses },
        { id: "b", uses },
      ],
    });
    expect((await watch(plan)).waitOf("b", "resource")).toEqual({
      kind: "resource",
      on: ["database"],
      since: at(0),
      until: null,
      text: "waits for database, held by a",
    });
  });

  it("waits a little for what it prefers, and until when is said", async () => {
    const plan = buildPlan({ tasks: [{ id: "a" }, { id: "b", prefers: ["a"] }] });
    const { waitOf } = await watch(plan, { durations: () => 5 * MINUTE, estimates: () => 3 * MINUTE });
    expect(waitOf("b", "prefer")).toEqual({
      kind: "prefer",
      on: ["a"],
      since: at(0),
      until: at(3),
      text: "waits a little for a, which it prefers",
    });
  });

  it("waits for room in the budget", async () => {
    const budget = { mode: "soft" as const, usd: 3 };
    const dear = { usd: 2 };
    const plan = buildPlan({
      budget,
      tasks: [
        { id: "a", budget: dear },
        { id: "b", budget: dear },
      ],
    });
    const cheap = scriptedAgent({ attempts: [{ usd: 1 }] });
    const { waitOf } = await watch(plan, { agents: { streams: { builders: cheap } } });
    expect(waitOf("b", "budget")).toMatchObject({ on: [], text: "the budget has no room for it now" });
  });

  it("waits before it is tried again, and until when is said", async () => {
    const flaky = scriptedAgent({ attempts: [{ ok: false }, { ok: true }] });
    const plan = buildPlan({ tasks: [{ id: "a", retries: 1 }] });
    const wait = (await watch(plan, { agents: { tasks: { a: flaky } } })).waitOf("a", "backoff");
    expect(wait).toMatchObject({ on: [], since: at(1), text: "waits before it is tried again" });
    expect(Date.parse(wait?.until ?? "") - BEGIN).toBeGreaterThan(MINUTE);
  });

  it("waits in the merge queue, at its place", async () => {
    const gates: Gate[] = [{ name: "test", run: "true", required: true, at: ["task", "merge"], timeoutMs: MINUTE }];
    const plan = buildPlan({ gates, tasks: [{ id: "a" }, { id: "b" }] });
    const { waitOf } = await watch(plan, { overheads: { tipMs: MINUTE } });
    expect(waitOf("a", "queue")).toMatchObject({ on: [], since: at(1), text: "is number 1 of 2 to be merged" });
    expect(waitOf("b", "queue")).toMatchObject({ text: "is number 2 of 2 to be merged" });
  });

  it("waits for its review when the reviewers have others to do", async () => {
    const streams = [
      { name: "builders", concurrency: 2, reviewedBy: "reviewers", restart: "transient" as const },
      { name: "reviewers", concurrency: 1, agent: "judge", restart: "transient" as const },
    ];
    const agents = [{ name: "judge", kind: "claude" as const }];
    const plan = buildPlan({ streams, agents, tasks: [{ id: "a" }, { id: "b" }] });
    const { waitOf } = await watch(plan, { overheads: { reviewMs: MINUTE } });
    expect(waitOf("b", "review")).toEqual({
      kind: "review",
      on: ["reviewers"],
      since: at(1),
      until: null,
      text: "waits for a review by reviewers",
    });
  });

  it("waits for a task that goes first, and what both change is said", async () => {
    const scope = ["list.txt"];
    const plan = buildPlan({ tasks: ["a", "b", "c"].map((id) => ({ id, scope, onConflict: "rerun" as const })) });
    const durations = { a: MINUTE, b: 2 * MINUTE, c: 3 * MINUTE };
    const { waitOf } = await watch(plan, { faults: { conflictRate: 1 }, durations });
    const text = "waits for b, which goes first: both change list.txt";
    expect(waitOf("c", "queue")).toMatchObject({ on: ["b"], since: at(3), text });
  });

  it("waits for a person, and the conflict is named", async () => {
    const plan = buildPlan({ tasks: [{ id: "a" }, { id: "b" }] });
    const { waits, states } = await watch(plan, {
      faults: { conflictRate: 1 },
      person: () => ({ choice: "drop", afterMs: MINUTE }),
    });
    expect(states).toContain("waiting");
    const asked = Object.values(waits).flatMap((all) => all.filter(({ kind }) => kind === "person"));
    expect(asked).toMatchObject([
      { on: [expect.stringMatching(/^[ab]-1$/)], text: "waits for a person: pleach decide" },
    ]);
  });

  it("waits for an agent that is paused, and until when is said", async () => {
    const agents = [{ name: "claude", kind: "claude" as const, concurrency: 3 }];
    const work = { kind: "agent" as const, agent: "claude", instruction: "" };
    const broken = scriptedAgent({ attempts: [{ ok: false, faultOf: "agent" }] });
    const ids = ["a", "b", "c", "d"];
    const plan = buildPlan({ agents, tasks: ids.map((id) => ({ id, work })) });
    const { waitOf } = await watch(plan, { agents: { streams: { builders: broken } } });
    const wait = waitOf("d", "outage");
    expect(wait).toMatchObject({ on: ["claude"], text: "agent claude is paused: it failed again and again" });
    expect(Date.parse(wait?.until ?? "") - BEGIN).toBeGreaterThan(MINUTE);
  });

  it("says nothing of what is at work, or over", async () => {
    const { waits } = await watch(buildPlan({ tasks: [{ id: "a" }] }));
    expect(waits).toEqual({});
  });
});
