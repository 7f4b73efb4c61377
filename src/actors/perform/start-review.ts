/**
 * Performs `startReview`: another agent judges a task's commit in a worktree of its own that is thrown away. What it
 * answers is read from the file that it was told to write, or else from the end of what it said; an answer that cannot
 * be understood is none.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ReadyCandidate } from "../../protocol/candidate-events.ts";
import type { Answer, Params, Performing } from "../../protocol/effects.ts";
import type { AgentFailure, FaultOf } from "../../protocol/values.ts";
import { writeAtomically } from "../../safe-files/index.ts";
import { prepareGateWorktree, readDiff, removeWorktree } from "../git/index.ts";
import { showPatterns } from "../patterns/show-patterns.ts";
import { composeComparison, parseComparison } from "../prompt/comparison.ts";
import { type Finding, isBlocking, parseReview, type Review } from "../prompt/review-answer.ts";
import { composeResumedReviewPrompt, composeReviewPrompt, type GateSaid } from "../prompt/review-prompt.ts";
import { findOthersWork } from "../prompt/surroundings.ts";
import { readText } from "./plan-intake.ts";
import { runAgent } from "./run-agent.ts";
import { agentNamed, type RunContext, repositoryOf, sweepWorkers, taskOf } from "./run-context.ts";
import { suspensionOf } from "./running-agents.ts";
import { standingOf } from "./work-prompt.ts";
import { worktreePath } from "./worktrees.ts";

/** The answer's file in a reviewer's worktree. */
const REVIEW_FILE = "pleach-review.json";

/** Runs a review to its end. */
export async function startReview(
  run: RunContext,
  params: Params<"startReview">,
  context: Performing<"startReview">,
): Promise<Answer<"startReview">> {
  const { task: id, attempt, round } = params;
  if (context.recovering) await sweepWorkers(run, id);
  const path = worktreePath(run, `${id}.${attempt}.review`);
  const startedAt = performance.now();
  const compared = params.candidates;
  try {
    const answer =
      compared === undefined
        ? await ask(run, params, path, context)
        : await compare(run, { ...params, candidates: compared }, path, context);
    const durationMs = Math.round(performance.now() - startedAt);
    if ("faultOf" in answer) {
      const suspendedFor = suspensionOf(context.signal);
      if (suspendedFor !== null) return { type: "agent.suspended", reason: suspendedFor, durationMs };
      const { why: reason, faultOf, failure } = answer;
      return { type: "review.failed", reason, faultOf, ...(failure == null ? {} : { failure }) };
    }
    const findings = `out/${id}.${attempt}.review${round}.json`;
    await mkdir(dirname(join(run.folder.path, findings)), { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify(answer, null, 2)}\n`;
    await writeAtomically(join(run.folder.path, findings), text, { durability: "none", mode: 0o600 });
    if ("best" in answer)
      return {
        type: "review.compared",
        best: answer.best,
        summary: answer.why || "no reason given",
        findings,
        durationMs,
      };
    return { type: "review.finished", approved: !isBlocking(answer), summary: summarise(answer), findings, durationMs };
  } finally {
    await removeWorktree(repositoryOf(run), { path }, "landed").catch(() => undefined);
  }
}

/** Why there is no review, one line. */
interface NoReview {
  why: string;
  faultOf: FaultOf;
  failure?: AgentFailure | null;
}

/** The best of the candidates as a reviewer sees them, all of their changes before it. */
async function compare(
  run: RunContext,
  params: Params<"startReview"> & { candidates: ReadyCandidate[] },
  path: string,
  context: Performing<"startReview">,
): Promise<{ best: string | null; why: string } | NoReview> {
  const { task: id, commit, reviewer, candidates } = params;
  await openWorktree(run, { path, commit }, context);
  const changes = await Promise.all(
    candidates.map(async (each) => {
      const { base, text, files } = await readDiff(repositoryOf(run), each.commit);
      return { commit: each.commit, base, diff: text, files, gates: gatesSaid(run, each.task) };
    }),
  );
  const place = { cwd: path, prepared: run.config.worktree };
  const { goal } = run.manifest.plan;
  const prompt = composeComparison({ role: run.roleOf(reviewer.stream), goal, task: taskOf(run, id), place, changes });
  const session = `${id}.comparison`;
  const answer = await askReviewer(run, params, { path, prompt, resumePrompt: prompt, session }, context);
  if ("faultOf" in answer) return answer;
  const parsed = parseComparison(answer.text, candidates.length);
  if (parsed.kind === "bad") return unreadable(parsed.reason);
  return { best: parsed.best === null ? null : (candidates[parsed.best - 1]?.task ?? null), why: parsed.why };
}

async function openWorktree(
  run: RunContext,
  place: { path: string; commit: string },
  context: Performing<"startReview">,
): Promise<void> {
  const { worktree: config } = run.config;
  const { notes } = await prepareGateWorktree(repositoryOf(run), { ...place, config, setupKey: null });
  for (const note of notes) await context.report({ type: "run.warned", text: note });
}

const unreadable = (reason: string): NoReview => ({ why: `its answer could not be read: ${reason}`, faultOf: "agent" });

async function ask(
  run: RunContext,
  params: Params<"startReview">,
  path: string,
  context: Performing<"startReview">,
): Promise<Review | NoReview> {
  const { task: id, attempt, round, reviewer, commit, findings } = params;
  const repo = repositoryOf(run);
  const task = taskOf(run, id);
  await openWorktree(run, { path, commit }, context);
  const diff = await readDiff(repo, commit);
  const found = await run.patterns?.forReview(run.manifest.plan, task, diff.files, context.signal);
  const patterns =
    found === undefined || context.signal.aborted
      ? []
      : await showPatterns(found, { attempt, role: "review", predicted: [] }, context);
  const { plan } = run.manifest;
  const parts = {
    role: run.roleOf(reviewer.stream),
    goal: plan.goal,
    task,
    others: findOthersWork(plan, task, standingOf(run)),
    round,
    place: { cwd: path, prepared: run.config.worktree },
    commit,
    base: diff.base,
    diff: diff.text,
    files: diff.files,
    gates: gatesSaid(run, id),
    said: run.taskState(id)?.said ?? null,
    findings: await readFindings(run, findings),
    patterns,
  };
  const prompts = { prompt: composeReviewPrompt(parts), resumePrompt: composeResumedReviewPrompt(parts) };
  const answer = await askReviewer(run, params, { path, ...prompts, session: `${id}.review` }, context);
  if ("faultOf" in answer) return answer;
  const parsed = parseReview(answer.text);
  return parsed.kind === "ok" ? parsed.review : unreadable(parsed.reason);
}

/** Runs the reviewer; resolves with the text of its answer. */
async function askReviewer(
  run: RunContext,
  { task: id, attempt, round, reviewer, commit, workspace }: Params<"startReview">,
  told: { path: string; prompt: string; resumePrompt: string; session: string },
  context: Performing<"startReview">,
): Promise<{ text: string } | NoReview> {
  const { path, prompt, resumePrompt, session } = told;
  const task = taskOf(run, id);
  const outcome = await runAgent(
    run,
    {
      task,
      attempt: round,
      stream: reviewer.stream,
      work: { kind: "agent", agent: reviewer.agent, instruction: prompt },
      agent: agentNamed(run, reviewer.agent),
      prompt,
      resumePrompt,
      // It judges alone: what it has to say is its answer.
      toolInstructions: "",
      dropBox: "",
      cwd: path,
      branch: null,
      workspace,
      scope: () => [REVIEW_FILE],
      session,
      transcript: `out/${id}.${attempt}.review${round}.log`,
      timeoutMs: task.timeoutMs,
      env: { PLEACH_ATTEMPT: String(round), PLEACH_REVIEW: join(path, REVIEW_FILE), PLEACH_COMMIT: commit },
    },
    context,
  );
  if (outcome.kind === "notStarted") return { why: `${outcome.reason}. ${outcome.hint}`, faultOf: "agent" };
  // A change that is too long for its reviewer says nothing of the reviewer.
  const faultOf = outcome.failure?.kind === "request" ? "work" : "agent";
  if (!outcome.ok) return { why: outcome.reason ?? "it failed", faultOf, failure: outcome.failure };
  return { text: (await readText(join(path, REVIEW_FILE))) ?? outcome.tail };
}

/** What the task's own gates said of this commit, with the commands. */
function gatesSaid({ manifest: { plan }, taskState }: RunContext, id: string): GateSaid[] {
  return (taskState(id)?.gateResults ?? []).flatMap((result) => {
    const gate = plan.gates.find(({ name }) => name === result.name);
    return gate === undefined ? [] : [{ ...result, run: gate.run }];
  });
}

async function readFindings(run: RunContext, path: string | null): Promise<Finding[]> {
  const text = path === null ? null : await readText(join(run.folder.path, path));
  const parsed = text === null ? null : parseReview(text);
  return parsed?.kind === "ok" ? parsed.review.findings : [];
}

/** One line: what blocks, or how many remarks there are. */
function summarise({ findings }: Review): string {
  const blocking = findings.filter(({ severity, preexisting }) => severity === "blocking" && !preexisting);
  const [first, ...others] = blocking;
  if (first === undefined) return findings.length === 0 ? "nothing to remark" : `${findings.length} remarks`;
  const where = first.file === null ? "" : `${first.file}${first.line === null ? "" : `:${first.line}`}: `;
  return `${where}${first.text}${others.length > 0 ? ` and ${others.length} more` : ""}`.slice(0, 300);
}
