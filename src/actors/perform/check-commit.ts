/**
 * Runs gates on a commit, in a worktree that holds nothing else, and keeps what they say: on the same tree, under the same
 * conditions, a gate that passed need not be asked a second time.
 */
import { isDoubtful } from "../../machines/merge/doubts.ts";
import type { Gate, GateStage } from "../../plan/model.ts";
import type { Events } from "../../protocol/events.ts";
import { type GateOutcome, isRedGate } from "../../protocol/gate-values.ts";
import { readTree } from "../git/index.ts";
import { type Check, checkTree } from "./check-tree.ts";
import { type CheckContext, repositoryOf } from "./run-context.ts";
import type { HookFailure } from "./run-hook.ts";
import { type KeyOf, verdictKeys } from "./verdict-key.ts";
import { gateWorker, openGateWorktree } from "./worktrees.ts";

interface CommitCheck {
  commit: string;
  stage: Exclude<GateStage, "task">;
  /** Name of the worktree. */
  worktree: string;
  /** Folder of the reports, relative to that of transcripts. */
  reports: string;
  /** Whether gates that passed on this tree before are taken to pass. */
  reuse: boolean;
  /** Whether only required gates are run; default false. */
  requiredOnly?: boolean;
  /** Whether what is red in a fresh worktree is looked at in another one too; default false. */
  confirms?: boolean;
  /** Gates whose red means nothing, so that nobody needs to be sure of it; default none. */
  unmeant?: ReadonlySet<string>;
  /** Of the plan's gates, these alone; default all of the stage. */
  only?: readonly string[];
  /** Says of red gates why that may mean nothing. Those in doubt are left to whoever asked; absent, none is. */
  doubt?: (results: readonly GateOutcome[], tree: string) => Promise<GateOutcome[]>;
  /** Whether they are run in a fresh worktree, whatever is there; default false. */
  afresh?: boolean;
  /** Told of each gate that starts and ends. */
  report?: Check["report"];
  /** Told of each gate whose verdict is taken over. */
  onReused?: (found: ReusedVerdict) => Promise<void>;
}

/** A verdict that was given before. */
export type ReusedVerdict = Omit<Events["verdict.reused"], "tasks">;

export type CommitVerdict =
  | { kind: "checked"; results: GateOutcome[]; tree: string; notes: string[] }
  /** There is no worktree to run them in. */
  | ({ kind: "failed" } & HookFailure);

/** Runs the plan's gates of this stage; results come in the plan's order. */
export async function checkCommit(
  run: CheckContext,
  {
    commit,
    stage,
    worktree,
    reports,
    reuse,
    requiredOnly = false,
    confirms = false,
    afresh = false,
    unmeant,
    only,
    doubt = async (results) => [...results],
    report,
    onReused = async () => {},
  }: CommitCheck,
  signal: AbortSignal,
): Promise<CommitVerdict> {
  const gates = run.manifest.plan.gates.filter(
    ({ name, at, required }) => at.includes(stage) && (required || !requiredOnly) && only?.includes(name) !== false,
  );
  const worker = await gateWorker(run, worktree);
  const tree = await readTree(repositoryOf(run), commit);
  const keyOf = await verdictKeys(run, worker);
  const known = reuse && keyOf !== null ? await findPassed(run, { gates, stage, tree, keyOf }, onReused) : new Map();
  const open = gates.filter(({ name }) => !known.has(name));
  if (open.length === 0) return { kind: "checked", results: inOrder(gates, known), tree, notes: [] };
  const place = await openGateWorktree(run, { name: worktree, commit, afresh }, signal);
  if (place.kind === "failed") return place;
  const check = { path: place.path, worker, report };
  const results = await doubt(await checkTree(run, { ...check, gates: open, reports }, signal), tree);
  const notes: string[] = [];
  const red = open.filter(
    ({ name }) =>
      unmeant?.has(name) !== true &&
      results.some((result) => result.name === name && isRedGate(result) && !isDoubtful(result)),
  );
  const isSuspect = !place.isFresh && mayLinger(run);
  if (red.length > 0 && (confirms || isSuspect) && !signal.aborted) {
    // Nobody is blamed for what a worktree that was used before may have had to do with it.
    const fresh = await openGateWorktree(run, { name: worktree, commit, afresh: true }, signal);
    if (fresh.kind === "failed") return fresh;
    const again = await doubt(
      await checkTree(run, { ...check, gates: red, reports: `${reports}.fresh` }, signal),
      tree,
    );
    for (const result of again) results[results.findIndex(({ name }) => name === result.name)] = result;
    if (isSuspect) notes.push(...again.filter((result) => !isRedGate(result)).map(({ name }) => describeStale(name)));
  }
  if (keyOf !== null) await keepVerdicts(run, { gates: open, stage, tree, keyOf }, results);
  for (const result of results) known.set(result.name, result);
  return { kind: "checked", results: inOrder(gates, known), tree, notes };
}

/** Whether something may be left in a gate worktree that is used again, which a fresh one has not. */
export const mayLinger = ({ config: { worktree } }: CheckContext): boolean =>
  worktree.setup !== undefined || (worktree.keep ?? []).length > 0;

function describeStale(gate: string): string {
  const hint = "if its set-up reads more than pleach knows, name that under worktree.setupWhen in pleach.yaml";
  return `gate ${gate} was red in a worktree that was used before, and green in a fresh one: ${hint}`;
}

interface Asked {
  gates: readonly Gate[];
  stage: GateStage;
  tree: string;
  keyOf: KeyOf;
}

async function findPassed(
  run: CheckContext,
  { gates, stage, tree, keyOf }: Asked,
  tell: (found: ReusedVerdict) => Promise<void>,
): Promise<Map<string, GateOutcome>> {
  const found = new Map<string, GateOutcome>();
  for (const gate of gates) {
    const verdict = await run.verdicts.find(keyOf(gate, tree), stage);
    if (verdict?.status !== "passed") continue;
    const { name, required } = gate;
    const { status, summary } = verdict;
    found.set(name, { name, required, status, durationMs: 0, summary, report: null, sha256: null, reused: true });
    await tell({ gate: name, tree, summary, run: verdict.run });
  }
  return found;
}

/** What was stopped, or ended for its time alone, says nothing of the tree. */
async function keepVerdicts(run: CheckContext, asked: Asked, results: readonly GateOutcome[]): Promise<void> {
  const { gates, stage, tree, keyOf } = asked;
  for (const { name, status, summary, timedOut } of results) {
    const gate = gates.find((each) => each.name === name);
    if (gate === undefined || timedOut === true || (status !== "passed" && status !== "failed")) continue;
    await run.verdicts.keep(keyOf(gate, tree), { status, summary, at: Date.now(), run: run.manifest.run, stage });
  }
}

function inOrder(gates: readonly Gate[], results: ReadonlyMap<string, GateOutcome>): GateOutcome[] {
  return gates.flatMap(({ name }) => results.get(name) ?? []);
}
