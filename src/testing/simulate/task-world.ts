/** Performs what tasks ask for, in the simulated world. Whatever is performed twice finds what it did before. */

import { EVENT_NAME, refuseEmission } from "../../actors/coordination/emitted-events.ts";
import type { Outcome, PerformContext, Performers } from "../../actors/runtime/ports.ts";
import type { Task } from "../../plan/model.ts";
import { streamActor } from "../../protocol/address.ts";
import type { Reviewer, Workspace } from "../../protocol/values.ts";
import type { AttemptScript } from "./scripted-agent.ts";
import { gateOutcome, type Setting, wait } from "./setting.ts";
import { makeUnreliable } from "./unreliable.ts";
import type { Workers } from "./workers.ts";

interface Attempt {
  task: string;
  /** Label of the attempt. */
  attempt: string;
}
interface StartParams extends Attempt {
  workspace: Workspace;
}
interface CommitParams {
  task: string;
  workspace: Workspace;
  base: string;
  since: string | null;
}
interface GateParams extends Attempt {
  gates: string[];
}
interface ReviewParams extends Attempt {
  round: number;
  reviewer: Reviewer;
}
interface ReleaseParams {
  task: string;
  workspace: Workspace;
  fate: "landed" | "superseded" | "kept";
}

/** What is in a workspace. */
interface Content {
  hasChanges: boolean;
  commit: string | null;
}

/** What is kept of all tasks. */
interface Shop {
  workers: Workers;
  /** By path of the workspace. */
  contents: Map<string, Content>;
  /** Attempts that came to their end, by task. */
  ended: Map<string, number>;
}

/** The performers of tasks' effects; `attempts` counts the agents started, by task. */
export function taskPerformers(setting: Setting, workers: Workers, attempts: Map<string, number>): Performers {
  const shop: Shop = { workers, contents: new Map(), ended: new Map() };
  const { contents } = shop;
  const { crashRate, machineryRate: refusalRate } = setting.faults;
  const may = <P>(
    name: string,
    refusal: string | null,
    perform: (params: P, context: PerformContext) => Promise<Outcome | undefined>,
  ) => makeUnreliable(setting, name, { crashRate, refusal, refusalRate }, perform);
  return {
    prepareWorkspace: may<Attempt & { base: string }>("prepareWorkspace", "workspace.failed", (params, context) =>
      prepare(setting, params, context),
    ),
    startAgent: may<StartParams>("startAgent", "agent.notStarted", async (params, context) => {
      if (context.recovering) return { type: "agent.lost", killed: 0 };
      attempts.set(params.task, (attempts.get(params.task) ?? 0) + 1);
      return await start(setting, shop, params, context);
    }),
    stopAgent: async ({ task }: { task: string }) => {
      workers.stop(task, exit({ ok: false, reason: "stopped", signal: "SIGTERM" }));
      return undefined;
    },
    commitWork: may<CommitParams>("commitWork", "work.failed", async (params) => commit(setting, contents, params)),
    runGates: may<GateParams>("runGates", null, (params, context) => check(setting, workers, params, context)),
    startReview: may<ReviewParams>("startReview", null, (params, context) => review(setting, workers, params, context)),
    releaseWorkspace: may<ReleaseParams>("releaseWorkspace", null, async (params) =>
      release(setting, contents, params),
    ),
  };
}

async function prepare(
  { branch, clock, ledger, overheads, report, taskOf }: Setting,
  { task, attempt, base }: Attempt & { base: string },
  { signal }: PerformContext,
): Promise<Outcome> {
  await wait(clock, overheads.prepareMs, signal);
  const there = new Set(branch.tasks(base));
  for (const need of taskOf(task).needs) {
    if (ledger.of(need).outcome !== "merged" || there.has(need)) continue;
    // By the time it is cut, more may have been merged than when it was granted; what it needs had been before.
    if (taskOf(task).join === undefined) report("needs", `${task} is cut from ${base}, which is without ${need}`);
  }
  const workspace: Workspace = { path: `/${task}/${attempt}`, branch: `${task}.${attempt}`, port: 1 };
  return { type: "workspace.prepared", workspace };
}

async function start(
  setting: Setting,
  { workers, contents, ended }: Shop,
  { task: id, workspace }: StartParams,
  context: PerformContext,
): Promise<Outcome | undefined> {
  const { plan, durationOf, agentOf, taskOf } = setting;
  const task = taskOf(id);
  const number = (ended.get(id) ?? 0) + 1;
  const script = agentOf(task)({ task, number });
  const { work } = task;
  const agent = work.kind === "agent" ? plan.agents.find(({ name }) => name === work.agent) : undefined;
  const wantedMs = script.durationMs ?? durationOf(task);
  const timeoutMs = agent?.timeoutMs ?? task.timeoutMs;
  const durationMs = Math.min(wantedMs, timeoutMs);
  const { ok = true, reason = "failed", blame = "work", changes = true } = script;
  const outcome =
    wantedMs > timeoutMs
      ? exit({ ok: false, signal: "SIGKILL", timedOut: true, durationMs })
      : exit({ ok, reason: ok ? null : reason, blame, durationMs });
  contents.set(workspace.path, { hasChanges: changes, commit: null });
  const end = await workers.work({ task: id, what: "agent", durationMs, outcome }, context);
  if (end === outcome && !context.signal.aborted) {
    ended.set(id, number);
    await speak(task, script, context);
  }
  return end;
}

/** Costs and coordination events of an attempt, told before its exit. */
async function speak(
  { id, stream }: Task,
  { usd = 0, tokens = 0, emits = [] }: AttemptScript,
  context: PerformContext,
): Promise<void> {
  if (usd > 0 || tokens > 0) await context.report({ type: "cost.reported", usd, tokens });
  for (const [at, { type, payload = null }] of emits.entries()) {
    const refused = EVENT_NAME.test(type) ? refuseEmission(type, stream) : "not a name of an event";
    if (refused !== null) {
      await context.report({ type: "workspace.noted", note: `${id} may not emit ${JSON.stringify(type)}: ${refused}` });
      continue;
    }
    const fact = { type: "event.emitted", event_type: type, key: `${context.effect}#${at + 1}`, task: id, payload };
    await context.report(fact, streamActor(stream));
  }
}

function commit(
  { branch, count, draw, faults }: Setting,
  contents: Map<string, Content>,
  { task, workspace, base, since }: CommitParams,
): Outcome {
  const content = contents.get(workspace.path);
  if (content?.hasChanges === false) return { type: "work.empty" };
  const made = content?.commit ?? branch.commit(task, base);
  contents.set(workspace.path, { hasChanges: true, commit: made });
  const removes = since !== null && draw.chance(faults.removalRate, task, count(), "removes");
  return { type: "work.committed", commit: made, files: [`${task}.txt`], removesMerged: removes ? ["others.txt"] : [] };
}

async function check(
  { draw, faults, overheads, plan }: Setting,
  workers: Workers,
  { task, attempt, gates }: GateParams,
  context: PerformContext,
): Promise<Outcome | undefined> {
  const isGreen = !draw.chance(faults.gateRedRate, task, attempt, "red");
  const durationMs = overheads.gatesMs;
  const results = plan.gates
    .filter(({ name }) => gates.includes(name))
    .map(({ name, required }) => gateOutcome(name, required, isGreen, durationMs));
  return await workers.work(
    { task, what: "gates", durationMs, outcome: { type: "gates.finished", results, durationMs } },
    context,
  );
}

/** A review approves, turns down, or comes to no answer by its agent's fault. */
async function review(
  { draw, faults, overheads }: Setting,
  workers: Workers,
  { task, attempt, round, reviewer }: ReviewParams,
  context: PerformContext,
): Promise<Outcome | undefined> {
  const durationMs = overheads.reviewMs;
  const approved = !draw.chance(faults.rejectRate, task, attempt, round, "rejects");
  const answered = { type: "review.finished", approved, summary: "simulated", findings: "simulated", durationMs };
  const failed = { type: "review.failed", reason: "no answer", blame: "agent" };
  const outcome = draw.chance(faults.agentFailRate, task, attempt, round, "review fails") ? failed : answered;
  return await workers.work({ task, what: "review", reviewer, durationMs, outcome }, context);
}

function release(
  { branch, report }: Setting,
  contents: Map<string, Content>,
  { task, workspace, fate }: ReleaseParams,
): Outcome {
  const made = contents.get(workspace.path)?.commit ?? null;
  if (fate === "landed" && made !== null && !branch.holdsWork(made)) {
    report("lostWork", `the workspace of ${task} is given back as landed, but its commit is not on the branch`);
  }
  return { type: "workspace.released", path: workspace.path };
}

interface Exit {
  ok: boolean;
  reason?: string | null;
  signal?: string | null;
  blame?: "work" | "agent";
  timedOut?: boolean;
  durationMs?: number;
}

function exit({ ok, reason = null, signal = null, blame = "work", timedOut = false, durationMs = 0 }: Exit): Outcome {
  const code = signal === null ? (ok ? 0 : 1) : null;
  const transcript = { path: "simulated", bytes: 0, sha256: "", truncated: false };
  return { type: "task.exited", ok, code, signal, reason, blame, durationMs, timedOut, transcript };
}
