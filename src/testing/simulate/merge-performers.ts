/** Fake performers of what the merge queue asks for, on the fake branch. */
import type { Answer, MergeEffect, Params, Performers, Performing } from "../../protocol/effects.ts";
import { makeUnreliable } from "./unreliable.ts";
import { gateOutcome, type World, wait } from "./world.ts";

/** The performers of the merge queue's effects. Git is refused less often than the rest: six times in a row is the end. */
export function mergePerformers(world: World): Performers<MergeEffect> {
  const refusal = { type: "git.failed", reason: "the machine refuses" } as const;
  const rates = { crashRate: 0, refusal, refusalRate: world.faults.machineryRate / 4 };
  return {
    createBranch: async ({ base }) => ({ type: "branch.created", branch: "simulated", commit: base }),
    gateBase: makeUnreliable(world, "gateBase", rates, (params, context) => gateBase(world, params, context)),
    buildChain: makeUnreliable(world, "buildChain", rates, (params, context) => buildChain(world, params, context)),
    gateTip: makeUnreliable(world, "gateTip", rates, (params, context) => gateTip(world, params, context)),
    advanceBranch: makeUnreliable(world, "advanceBranch", rates, async (params) => advance(world, params)),
  };
}

async function buildChain(
  { branch, clock, overheads, filesOf }: World,
  { onto, items }: Params<"buildChain">,
  { signal }: Performing<"buildChain">,
): Promise<Answer<"buildChain">> {
  await wait(clock, overheads.chainMs, signal);
  let head = onto;
  const links: { task: string; commit: string }[] = [];
  const conflicts: { task: string; files: string[] }[] = [];
  for (const { task, commit } of items) {
    const placed = branch.rebase(task, commit, head);
    if ("link" in placed) {
      head = placed.link;
      links.push({ task, commit: head });
    } else {
      const theirs = new Set(placed.conflictsWith.flatMap(filesOf));
      const shared = filesOf(task).filter((file) => theirs.has(file));
      conflicts.push({ task, files: shared.length > 0 ? shared : filesOf(task) });
    }
  }
  return { type: "chain.built", links, conflicts };
}

async function gateBase(
  { branch, clock, overheads, plan }: World,
  { commit }: Params<"gateBase">,
  { signal }: Performing<"gateBase">,
): Promise<Answer<"gateBase">> {
  await wait(clock, overheads.tipMs, signal);
  const guards = plan.gates.filter(({ at, required }) => required && at.includes("merge"));
  const isGreen = branch.isGreen(commit);
  return { type: "base.gated", results: guards.map(({ name }) => gateOutcome(name, true, isGreen, overheads.tipMs)) };
}

async function gateTip(
  { branch, clock, count, faults, overheads, plan, random }: World,
  { commit, again }: Params<"gateTip">,
  { signal }: Performing<"gateTip">,
): Promise<Answer<"gateTip">> {
  await wait(clock, overheads.tipMs, signal);
  const isGreen = branch.isGreen(commit);
  const guards = plan.gates.filter(({ name, at }) => at.includes("merge") && again?.includes(name) !== false);
  const results = guards.map(({ name, required }) => {
    if (!random.chance(faults.flakyRate, commit, name, count(), "flaky"))
      return gateOutcome(name, required, isGreen, overheads.tipMs);
    const doubt = again === undefined ? { doubt: { known: ["a test"], touched: [] } } : {};
    return { ...gateOutcome(name, required, false, overheads.tipMs), ...doubt };
  });
  return { type: "tip.gated", results, ...(again === undefined ? {} : { again: true }) };
}

/** Compare and swap; what is there already is found there. */
function advance(
  { branch, count, random, faults, plan, report }: World,
  { from, to }: Params<"advanceBranch">,
): Answer<"advanceBranch"> {
  if (branch.contains(to)) return { type: "branch.advanced", from, to: branch.head };
  if (random.chance(faults.intruderRate, to, count(), "intruder")) branch.pushByOthers();
  if (branch.head !== from) return { type: "branch.diverged", found: branch.head };
  for (const task of branch.moveTo(to)) report("landedTwice", `${task} is on the branch twice`);
  if (plan.gates.some(({ required, at }) => required && at.includes("merge")) && !branch.isGreen(to)) {
    report("redBranch", `the branch was moved to ${to}, where a required gate fails`);
  }
  return { type: "branch.advanced", from, to };
}
