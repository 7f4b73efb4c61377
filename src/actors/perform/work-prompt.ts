/** Gathers what the prompt of an attempt is made of: from the plan, the run as it stands, and the place where it works. */
import { join } from "node:path";
import { rowAt } from "../../machines/table.ts";
import type { Plan, Task } from "../../plan/model.ts";
import type { GoesOn } from "../../protocol/values.ts";
import type { PatternMatch } from "../../vault/index.ts";
import { composePrompt, composeResumedPrompt } from "../prompt/prompt.ts";
import { joinSections } from "../prompt/prompt-parts.ts";
import { findSurroundings, type Made, type Standing } from "../prompt/surroundings.ts";
import { tellDropBox } from "../prompt/tell-coordination.ts";
import { gatesOfMerge } from "../prompt/tell-gates.ts";
import { tellGoingOn } from "../prompt/tell-going-on.ts";
import { tellPerson } from "../prompt/tell-person.ts";
import { readText } from "./plan-intake.ts";
import { PORTS_A_WORKER } from "./port-ranges.ts";
import type { RunContext } from "./run-context.ts";

/** What an agent is told, whichever way it is started. */
export interface WorkPrompts {
  /** To one that begins anew. */
  prompt: string;
  /** To one that goes on with its session of an earlier attempt. */
  resumePrompt: string;
  /** After the prompt, to one that does not reach the tools. */
  dropBox: string;
}

export const NO_PROMPTS: WorkPrompts = { prompt: "", resumePrompt: "", dropBox: "" };

export interface AttemptPlace {
  cwd: string;
  /** First of its ports. */
  port: number;
  planFile: string | null;
}

/** What the agent of an attempt is told. `number` and `feedback` are those of the attempt. */
export async function composeWorkPrompts(
  run: RunContext,
  task: Task,
  attempt: {
    number: number;
    feedback: string | null;
    place: AttemptPlace;
    patterns: readonly PatternMatch[];
    /** What a person told its agent meanwhile. */
    texts?: readonly string[];
    /** Absent when it begins anew. */
    goesOn?: GoesOn;
  },
): Promise<WorkPrompts> {
  const { number, feedback, place, patterns, texts = [], goesOn } = attempt;
  const { cwd, port, planFile } = place;
  const { plan } = run.manifest;
  const state = run.taskState(task.id);
  const isFirst = number === 1 && feedback === null;
  const parts = {
    role: run.roleOf(task.stream),
    goal: plan.goal,
    task,
    plan: { ...plan, budget: run.scheduler.budget },
    attempt: number,
    before: isFirst
      ? null
      : { why: state?.reason ?? null, feedback: await readFeedback(run, feedback), isKept: state?.carry != null },
    place: {
      cwd,
      planFile,
      prepared: run.config.worktree,
      ports: port === 0 ? null : ([port, port + PORTS_A_WORKER - 1] as const),
    },
    around: findSurroundings(plan, task, standingOf(run)),
    tests: hasGates(plan, task) ? null : ((await run.findTests?.()) ?? null),
    patterns,
  };
  const whole = { prompt: composePrompt(parts), resumePrompt: composeResumedPrompt(parts) };
  const { prompt, resumePrompt } = goesOn === undefined ? whole : tellGoingOn(goesOn, whole.prompt);
  const said = tellPerson(texts);
  return {
    prompt: said === null ? prompt : joinSections([prompt.trimEnd(), said]),
    resumePrompt: said === null ? resumePrompt : joinSections([resumePrompt.trimEnd(), said]),
    dropBox: tellDropBox(task.stream, run.folder.events),
  };
}

/** How the run stands, as far as prompts need it. */
export function standingOf(run: RunContext): Standing {
  const { index, rows } = run.scheduler;
  return {
    phase(id) {
      const at = index[id];
      const phase = at === undefined ? "blocked" : rowAt(rows, at).phase;
      if (phase === "blocked" || phase === "ready") return "waits";
      return phase === "running" || phase === "parked" || phase === "waitingForHuman" ? "works" : "over";
    },
    made: (id) => madeBy(run, id),
  };
}

function madeBy(run: RunContext, id: string): Made | null {
  const state = run.taskState(id);
  if (state === null || (state.outcome !== "merged" && state.outcome !== "done")) return null;
  return { files: state.files, said: state.said ?? null };
}

const hasGates = (plan: Plan, { gates }: Task): boolean => gates.length + gatesOfMerge(plan).length > 0;

async function readFeedback(
  { folder }: RunContext,
  feedback: string | null,
): Promise<{ path: string; text: string } | null> {
  if (feedback === null) return null;
  const path = join(folder.path, feedback);
  return { path, text: (await readText(path)) ?? "" };
}
