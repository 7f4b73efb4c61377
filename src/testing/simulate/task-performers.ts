/** Fake performers of what tasks ask for. Whatever is performed twice finds what it did before. */
import { EVENT_NAME, refuseEmission } from "../../actors/coordination/emitted-events.ts";
import type { Task } from "../../plan/model.ts";
import { streamActor } from "../../protocol/address.ts";
import type { Answer, Params, Perform, Performers, Performing, TaskEffect } from "../../protocol/effects.ts";
import type { Told } from "../../protocol/events.ts";
import type { AgentFailure, FaultOf, Workspace } from "../../protocol/values.ts";
import type { AttemptScript } from "./scripted-agent.ts";
import { makeUnreliable } from "./unreliable.ts";
import type { Workers } from "./workers.ts";
import { gateOutcome, type World, wait } from "./world.ts";

/** What is in a workspace. */
interface WorkspaceContent {
  hasChanges: boolean;
  commit: string | null;
}

/** State that outlives a performance. */
interface TaskWorld {
  workers: Workers;
  /** By id of the workspace. */
  contents: Map<string, WorkspaceContent>;
  /** Attempts that came to their end, by task. */
  ended: Map<string, number>;
}

/** The performers of tasks' effects; `attempts` counts the agents started, by task. */
export function taskPerformers(world: World, workers: Workers, attempts: Map<string, number>): Performers<TaskEffect> {
  const tasks: TaskWorld = { workers, contents: new Map(), ended: new Map() };
  const { contents } = tasks;
  const { crashRate, machineryRate: refusalRate } = world.faults;
  const unreliable = <Name extends TaskEffect>(name: Name, refusal: Answer<Name> | null, perform: Perform<Name>) =>
    makeUnreliable(world, name, { crashRate, refusal, refusalRate }, perform);
  const reason = "the machine refuses";
  return {
    prepareWorkspace: unreliable("prepareWorkspace", { type: "workspace.failed", reason }, (params, context) =>
      prepare(world, params, context),
    ),
    startAgent: unreliable("startAgent", { type: "agent.notStarted", reason }, async (params, context) => {
      if (context.recovering) return { type: "agent.lost", killed: 0 };
      attempts.set(params.task, (attempts.get(params.task) ?? 0) + 1);
      return await start(world, tasks, params, context);
    }),
    stopAgent: async ({ task, suspends }) => {
      workers.stop(task, { suspends: suspends === true });
      return undefined;
    },
    commitWork: unreliable("commitWork", { type: "work.failed", reason }, async (params) =>
      commit(world, contents, params),
    ),
    runGates: unreliable("runGates", null, (params, context) => check(world, workers, params, context)),
    startReview: unreliable("startReview", null, (params, context) => review(world, workers, params, context)),
    releaseWorkspace: unreliable("releaseWorkspace", null, async (params) => release(world, contents, params)),
  };
}

async function prepare(
  { branch, clock, oracle, overheads, report, taskOf }: World,
  { task, attempt, base }: Params<"prepareWorkspace">,
  { signal }: Performing<"prepareWorkspace">,
): Promise<Answer<"prepareWorkspace">> {
  await wait(clock, overheads.prepareMs, signal);
  for (const need of taskOf(task).needs) {
    if (oracle.of(need).outcome !== "merged" || branch.containsTask(need, base)) continue;
    // By the time it is cut, more may have been merged than when it was granted; what it needs had been before.
    if (taskOf(task).join === undefined) report("needs", `${task} is cut from ${base}, which is without ${need}`);
  }
  const workspace: Workspace = {
    id: `${task}.${attempt}`,
    path: `/${task}/${attempt}`,
    branch: `${task}.${attempt}`,
    port: 1,
  };
  return { type: "workspace.prepared", workspace };
}

async function start(
  world: World,
  { workers, contents, ended }: TaskWorld,
  { task: id, workspace, agent: chosen }: Params<"startAgent">,
  context: Performing<"startAgent">,
): Promise<Answer<"startAgent"> | undefined> {
  const { plan, durationOf, agentOf, taskOf } = world;
  const task = taskOf(id);
  const number = (ended.get(id) ?? 0) + 1;
  const script = agentOf(task)({ task, number });
  const { work } = task;
  const worker = chosen ?? (work.kind === "agent" ? work.agent : null);
  const agent = plan.agents.find(({ name }) => name === worker);
  const wantedMs = script.durationMs ?? durationOf(task);
  const timeoutMs = agent?.timeoutMs ?? task.timeoutMs;
  const durationMs = Math.min(wantedMs, timeoutMs);
  const { ok = true, reason = "failed", faultOf = "work", changes = true, refused } = script;
  const outcome =
    wantedMs > timeoutMs
      ? exited({ ok: false, signal: "SIGKILL", timedOut: true, durationMs })
      : refused === undefined
        ? exited({ ok, reason: ok ? null : reason, faultOf, durationMs })
        : exited({ ok: false, reason: "refused", faultOf: "agent", failure: failureOf(refused), durationMs });
  contents.set(workspace.id, { hasChanges: changes, commit: null });
  const attempt = { task: id, what: "agent", durationMs, outcome, stopped: STOPPED, suspended: SUSPENDED } as const;
  const end = await workers.work<Answer<"startAgent">>({ ...attempt, agent: chosen }, context);
  if (end === outcome && !context.signal.aborted) {
    ended.set(id, number);
    await reportProgress(task, script, context);
  }
  return end;
}

/** Costs and coordination events of an attempt, told before its exit. */
async function reportProgress(
  { id, stream }: Task,
  { usd = 0, tokens = 0, emits = [] }: AttemptScript,
  context: Performing<"startAgent">,
): Promise<void> {
  if (usd > 0 || tokens > 0) await context.report({ type: "cost.reported", usd, tokens });
  for (const [at, { type, payload = null }] of emits.entries()) {
    const refused = EVENT_NAME.test(type) ? refuseEmission(type, stream) : "not a name of an event";
    if (refused !== null) {
      await context.report({ type: "run.warned", text: `${id} may not emit ${JSON.stringify(type)}: ${refused}` });
      continue;
    }
    const key = `${context.effect}#${at + 1}`;
    const fact = { type: "event.emitted", name: type, key, task: id, payload } as const;
    await context.report(fact, streamActor(stream));
  }
}

function commit(
  { branch, count, random, faults, filesOf }: World,
  contents: Map<string, WorkspaceContent>,
  { task, workspace, base, since }: Params<"commitWork">,
): Answer<"commitWork"> {
  const content = contents.get(workspace.id);
  if (content?.hasChanges === false) return { type: "work.empty" };
  const made = content?.commit ?? branch.commit(task, base);
  contents.set(workspace.id, { hasChanges: true, commit: made });
  const removes = since !== null && random.chance(faults.removalRate, task, count(), "removes");
  return { type: "work.committed", commit: made, files: filesOf(task), removesMerged: removes ? ["others.txt"] : [] };
}

async function check(
  { random, faults, overheads, plan }: World,
  workers: Workers,
  { task, attempt, gates }: Params<"runGates">,
  context: Performing<"runGates">,
): Promise<Answer<"runGates"> | undefined> {
  const isGreen = !random.chance(faults.gateRedRate, task, attempt, "red");
  const durationMs = overheads.gatesMs;
  const results = plan.gates
    .filter(({ name }) => gates.includes(name))
    .map(({ name, required }) => gateOutcome(name, required, isGreen, durationMs));
  const outcome: Answer<"runGates"> = { type: "gates.finished", results, durationMs };
  return await workers.work({ task, what: "gates", durationMs, outcome, stopped: null }, context);
}

/** A review approves, turns down, or comes to no answer by its agent's fault. */
async function review(
  { random, faults, overheads }: World,
  workers: Workers,
  { task, attempt, round, reviewer }: Params<"startReview">,
  context: Performing<"startReview">,
): Promise<Answer<"startReview"> | undefined> {
  const durationMs = overheads.reviewMs;
  const approved = !random.chance(faults.rejectRate, task, attempt, round, "rejects");
  const answered: Answer<"startReview"> = {
    type: "review.finished",
    approved,
    summary: "simulated",
    findings: "simulated",
    durationMs,
  };
  const failed: Answer<"startReview"> = { type: "review.failed", reason: "no answer", faultOf: "agent" };
  const refused = { ...failed, reason: "refused", failure: failureOf({ what: "limit", forMs: 3_600_000 }) };
  const chance = (rate: number, what: string): boolean => random.chance(rate, task, attempt, round, what);
  const outcome = chance(faults.refuseRate, "refuses")
    ? refused
    : chance(faults.agentFailRate, "review fails")
      ? failed
      : answered;
  const stopped: Answer<"startReview"> = { type: "review.failed", reason: "stopped", faultOf: "work" };
  const work = { task, what: "review", reviewer, durationMs, outcome, stopped, suspended: SUSPENDED } as const;
  return await workers.work<Answer<"startReview">>(work, context);
}

function release(
  { branch, report }: World,
  contents: Map<string, WorkspaceContent>,
  { task, workspace, disposition }: Params<"releaseWorkspace">,
): Answer<"releaseWorkspace"> {
  const made = contents.get(workspace.id)?.commit ?? null;
  if (disposition === "landed" && made !== null && !branch.containsWork(made)) {
    report("lostWork", `the workspace of ${task} is given back as landed, but its commit is not on the branch`);
  }
  return { type: "workspace.released", id: workspace.id };
}

interface Exit {
  ok: boolean;
  reason?: string | null;
  signal?: string | null;
  faultOf?: FaultOf;
  failure?: AgentFailure;
  timedOut?: boolean;
  durationMs?: number;
}

function exited({
  ok,
  reason = null,
  signal = null,
  faultOf = "work",
  failure,
  timedOut = false,
  durationMs = 0,
}: Exit): Told<"agent.exited"> {
  const code = signal === null ? (ok ? 0 : 1) : null;
  const transcript = { path: "simulated", bytes: 0, sha256: "", truncated: false };
  const why = failure === undefined ? {} : { failure };
  return { type: "agent.exited", ok, code, signal, reason, faultOf, ...why, durationMs, timedOut, transcript };
}

function failureOf({ what, forMs }: NonNullable<AttemptScript["refused"]>): AgentFailure {
  const kind = what === "limit" ? "rateLimit" : "overloaded";
  return { kind, hint: "Wait.", isFinal: false, retryAfterMs: forMs };
}

/** What becomes of one that goes on later. */
const SUSPENDED: Told<"agent.suspended"> = { type: "agent.suspended", reason: "stopped", durationMs: 0 };

/** What an agent says that was stopped. */
const STOPPED = exited({ ok: false, reason: "stopped", signal: "SIGTERM" });
