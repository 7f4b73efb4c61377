/**
 * Performs `startReview`: another agent judges a task's commit in a worktree of its own that is thrown away. What it
 * answers is read from the file that it was told to write, or else from the end of what it said; an answer that cannot
 * be understood is none.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Answer, Params, Performing } from "../../protocol/effects.ts";
import { type AgentFailure, EXHAUSTED, type FaultOf } from "../../protocol/values.ts";
import { writeAtomically } from "../../safe-files/index.ts";
import { prepareGateWorktree, readDiff, removeWorktree } from "../git/index.ts";
import { showPatterns } from "../patterns/show-patterns.ts";
import { type Finding, isBlocking, parseReview, type Review } from "../prompt/review-answer.ts";
import { composeResumedReviewPrompt, composeReviewPrompt, type GateSaid } from "../prompt/review-prompt.ts";
import { findOthersWork } from "../prompt/surroundings.ts";
import { readText } from "./plan-intake.ts";
import { runAgent } from "./run-agent.ts";
import { agentNamed, type RunContext, repositoryOf, sweepWorkers, taskOf } from "./run-context.ts";
import { isSuspended } from "./running-agents.ts";
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
  try {
    const answer = await ask(run, params, path, context);
    const durationMs = Math.round(performance.now() - startedAt);
    if ("why" in answer) {
      if (isSuspended(context.signal)) return { type: "agent.suspended", reason: EXHAUSTED, durationMs };
      const { why: reason, faultOf, failure } = answer;
      return { type: "review.failed", reason, faultOf, ...(failure == null ? {} : { failure }) };
    }
    const findings = `out/${id}.${attempt}.review${round}.json`;
    await mkdir(dirname(join(run.folder.path, findings)), { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify(answer, null, 2)}\n`;
    await writeAtomically(join(run.folder.path, findings), text, { durability: "none", mode: 0o600 });
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

async function ask(
  run: RunContext,
  { task: id, attempt, round, reviewer, commit, workspace, findings }: Params<"startReview">,
  path: string,
  context: Performing<"startReview">,
): Promise<Review | NoReview> {
  const repo = repositoryOf(run);
  const task = taskOf(run, id);
  const { notes } = await prepareGateWorktree(repo, { path, commit, config: run.config.worktree, setupKey: null });
  for (const note of notes) await context.report({ type: "run.warned", text: note });
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
  const prompt = composeReviewPrompt(parts);
  const outcome = await runAgent(
    run,
    {
      task,
      attempt: round,
      stream: reviewer.stream,
      work: { kind: "agent", agent: reviewer.agent, instruction: prompt },
      agent: agentNamed(run, reviewer.agent),
      prompt,
      resumePrompt: composeResumedReviewPrompt(parts),
      // It judges alone: what it has to say is its answer.
      toolInstructions: "",
      dropBox: "",
      cwd: path,
      branch: null,
      workspace,
      scope: () => [REVIEW_FILE],
      session: `${id}.review`,
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
  const parsed = parseReview((await readText(join(path, REVIEW_FILE))) ?? outcome.tail);
  return parsed.kind === "ok"
    ? parsed.review
    : { why: `its answer could not be read: ${parsed.reason}`, faultOf: "agent" };
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
