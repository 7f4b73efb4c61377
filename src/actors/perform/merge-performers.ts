/** Performs what the merge queue asks for: branches, chains, gates at the tip. Each finds what it did before. */
import { copyFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { hasEnded } from "../../machines/scheduler/settle.ts";
import { rowAt } from "../../machines/table.ts";
import type { Answer, MergeEffect, Params, Performers, Performing } from "../../protocol/effects.ts";
import type { Told } from "../../protocol/events.ts";
import { type GateOutcome, isRedGate } from "../../protocol/gate-values.ts";
import {
  advanceBranch,
  buildChain,
  composeWorkMessage,
  createIntegrationBranch,
  describeLost,
  findCheckout,
  findCommit,
  holdCommit,
  integrationBranch,
  readTree,
} from "../git/index.ts";
import { type CommitVerdict, checkCommit, mayLinger, type ReusedVerdict } from "./check-commit.ts";
import { doubtGates } from "./doubt-gates.ts";
import { excuseBase, excuseTip, listUntold } from "./excuse-gates.ts";
import { inWindow } from "./in-window.ts";
import { type RunContext, repositoryOf, sweepWorkers, taskOf } from "./run-context.ts";
import { MERGE_WORKTREE, openGateWorktree } from "./worktrees.ts";

/** Between looks at whether the branch is still checked out. */
const CHECKOUT_POLL_MS = 1_000;

const GATES_WINDOW = { who: "the gates of the merge queue", task: MERGE_WORKTREE };

/** The performers of one run's merge queue. Git that fails is an outcome: the queue tries again. */
export function mergePerformers(run: RunContext): Performers<MergeEffect> {
  return {
    createBranch: ({ base }) =>
      guard<"createBranch">(async () => {
        const { kind, branch, commit } = await createIntegrationBranch(repositoryOf(run), run.manifest.run, base);
        // Nothing is merged before this is answered: a branch of that name elsewhere is somebody else's.
        if (kind === "already" && commit !== base) {
          return { type: "git.failed", reason: `the branch ${branch} exists already: choose another --run-id` };
        }
        return { type: "branch.created", branch, commit };
      }),
    gateBase: (params, context) => guard<"gateBase">(() => gateBase(run, params, context)),
    buildChain: ({ onto, items }, { effect }) =>
      guard<"buildChain">(async () => {
        const withWords = items.map((item) => {
          const message = composeWorkMessage(taskOf(run, item.task).title, run.taskState(item.task)?.said ?? null);
          return { ...item, message, trailers: { run: run.manifest.run, task: item.task, effect } };
        });
        const chain = await buildChain(repositoryOf(run), { onto, items: withWords });
        const tip = chain.links.at(-1);
        if (tip !== undefined) {
          await holdCommit(repositoryOf(run), "merge", { run: run.manifest.run, commit: tip.commit, onto });
        }
        return { type: "chain.built", ...chain };
      }),
    gateTip: (params, context) => guard<"gateTip">(() => gateTip(run, params, context)),
    advanceBranch: ({ from, to, atOnce = false }, context) =>
      guard<"advanceBranch">(async () => {
        const place = atOnce ? await findCheckout(repositoryOf(run), integrationBranch(run.manifest.run)) : null;
        if (place !== null) return { type: "git.failed", reason: `the branch is checked out in ${place}` };
        if (!(await waitForCheckout(run, context))) return undefined;
        if ((await findCommit(repositoryOf(run).root, to)) === null) {
          return { type: "git.failed", reason: describeLost(repositoryOf(run), to).message, lost: true };
        }
        const moved = await advanceBranch(repositoryOf(run), { run: run.manifest.run, from, to });
        if (moved.kind === "diverged") return { type: "branch.diverged", found: moved.found };
        if (moved.kind === "moved" && moved.restored !== undefined) {
          await context.report({ type: "branch.restored", to, ...moved.restored });
        }
        return { type: "branch.advanced", from, to: moved.kind === "already" ? moved.commit : to };
      }),
  };
}

/** What git throws is an answer. */
async function guard<Name extends MergeEffect>(
  perform: () => Promise<Answer<Name> | undefined>,
): Promise<Answer<Name> | Told<"git.failed"> | undefined> {
  try {
    return await perform();
  } catch (thrown) {
    return { type: "git.failed", reason: messageOf(thrown) };
  }
}

/** Waits while somebody has the integration branch checked out, and says so; false when it is to stop instead. */
async function waitForCheckout(run: RunContext, { signal, report }: Performing<"advanceBranch">): Promise<boolean> {
  const branch = integrationBranch(run.manifest.run);
  let said = false;
  for (;;) {
    const place = await findCheckout(repositoryOf(run), branch);
    if (signal.aborted) return false;
    if (place === null) return true;
    const note = `${branch} is checked out in ${place}: merging waits until another branch is checked out there`;
    if (!said) await report({ type: "run.warned", text: note });
    said = true;
    await setTimeout(CHECKOUT_POLL_MS, undefined, { signal }).catch(() => {});
  }
}

async function gateBase(
  run: RunContext,
  { commit }: Params<"gateBase">,
  context: Performing<"gateBase">,
): Promise<Answer<"gateBase">> {
  if (context.recovering) await sweepWorkers(run, MERGE_WORKTREE);
  const { report } = context;
  const check = { commit, stage: "merge", worktree: MERGE_WORKTREE, reports: "base.gates", report } as const;
  const onReused = (found: ReusedVerdict) => report({ type: "verdict.reused", ...found, tasks: [] });
  const asked = { ...check, reuse: true, requiredOnly: true, confirms: true, onReused };
  const work = (): Promise<CommitVerdict> => checkCommit(run, asked, context.signal);
  const checked = await inWindow(run, GATES_WINDOW, context.report, work);
  if (checked.kind === "failed") return unchecked(checked);
  const results = excuseBase(run, checked.results);
  for (const result of results) await context.report(describeBaseline(result));
  return { type: "base.gated", results };
}

/** Without a worktree to run them in, gates say nothing of the tree. */
function unchecked({ kind: _kind, ...failure }: Unready): Told<"git.failed"> {
  return { type: "git.failed", ...failure };
}

function describeBaseline(result: GateOutcome): Told<"gate.baseline"> {
  const { name, status, summary, report, problems, excused, evidence = [] } = result;
  const protecting = !isRedGate(result) || excused === undefined || problems !== undefined;
  return { type: "gate.baseline", gate: name, verdict: status, protecting, summary, report, evidence };
}

async function gateTip(
  run: RunContext,
  { commit, number, tasks, standing, again }: Params<"gateTip">,
  context: Performing<"gateTip">,
): Promise<Answer<"gateTip">> {
  if (context.recovering) await sweepWorkers(run, MERGE_WORKTREE);
  const { report } = context;
  const check = { commit, stage: "merge", worktree: MERGE_WORKTREE, reports: `merge.${number}.gates`, report } as const;
  const links = tasks.length;
  const unmeant = listUntold(run, { tasks, standing });
  // What a fresh clone shows of the end result is what counts: neither what lingers has a say, nor an earlier verdict.
  const afresh = mayLinger(run) && isEndResult(run, tasks);
  const onReused = (found: ReusedVerdict) => report({ type: "verdict.reused", ...found, tasks });
  const doubt = (results: readonly GateOutcome[], tree: string) => doubtGates(run, results, { commit, tree, links });
  const asked =
    again === undefined
      ? { ...check, reuse: !afresh, afresh, unmeant, doubt, onReused }
      : { ...check, reuse: false, afresh: true, unmeant, only: again };
  const work = async (): Promise<CommitVerdict> => {
    const verdict = await orUnready(() => checkCommit(run, asked, context.signal));
    if (verdict.kind === "checked" || context.signal.aborted) return verdict;
    return (await whyUnready(run, { commit, links, number }, context.signal)) ?? verdict;
  };
  const checked = await inWindow(run, GATES_WINDOW, context.report, work);
  if (checked.kind === "failed") return unchecked(checked);
  for (const text of checked.notes) await context.report({ type: "run.warned", text });
  const results = await excuseTip(run, checked.results, { tasks, standing });
  return { type: "tip.gated", results, tree: checked.tree, ...(again === undefined ? {} : { again: true }) };
}

type Unready = Extract<CommitVerdict, { kind: "failed" }>;

/** What git throws is a reason. */
async function orUnready<T>(work: () => Promise<T>): Promise<T | Unready> {
  try {
    return await work();
  } catch (thrown) {
    return { kind: "failed", reason: messageOf(thrown) };
  }
}

/**
 * Looks whose fault it is that a worktree of a chain's tip cannot be made ready: the change's, as a gate's that is red, where
 * one of the commit that the chain stands on can, and the tip still cannot; else null: it may be the network, or the disk.
 */
async function whyUnready(
  run: RunContext,
  { commit, links, number }: { commit: string; links: number; number: number },
  signal: AbortSignal,
): Promise<CommitVerdict | null> {
  if (links === 0) return null;
  const open = (at: string) =>
    orUnready(() => openGateWorktree(run, { name: MERGE_WORKTREE, commit: at, afresh: true }, signal));
  const head = await findCommit(repositoryOf(run).root, `${commit}~${links}`);
  if (head === null || (await open(head)).kind === "failed") return null;
  const again = await open(commit);
  if (again.kind === "open" || signal.aborted) return null;
  const { reason, log, evidence = [] } = again;
  const report = log === undefined ? null : await keepLog(run, log, `merge.${number}.setup.log`);
  const verdict = { required: true, status: "failed", durationMs: 0, sha256: null } as const;
  const results: GateOutcome[] = [{ name: "setup", ...verdict, summary: reason, report, evidence }];
  return { kind: "checked", results, tree: await readTree(repositoryOf(run), commit), notes: [] };
}

/** Set-up of the next candidate writes over what this one said. */
async function keepLog({ folder }: RunContext, log: string, name: string): Promise<string> {
  const kept = join(folder.out, name);
  await copyFile(join(folder.path, log), kept);
  return relative(folder.path, kept);
}

/** Whether nothing is to be merged after these tasks: what a fresh clone shows of it is what counts in the end. */
function isEndResult({ scheduler: { rows, nodes } }: RunContext, tasks: readonly string[]): boolean {
  return nodes.every(({ input }, index) => tasks.includes(input.id) || hasEnded(rowAt(rows, index).phase));
}
