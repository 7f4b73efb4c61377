/** Fake performers of what the merge queue asks for, on the fake branch. */
import type { Outcome, PerformContext, Performers } from "../../actors/runtime/ports.ts";
import type { QueueItem } from "../../protocol/values.ts";
import { makeUnreliable } from "./unreliable.ts";
import { gateOutcome, type World, wait } from "./world.ts";

/** The performers of the merge queue's effects. Git is refused less often than the rest: six times in a row is the end. */
export function mergePerformers(world: World): Performers {
  const rates = { crashRate: 0, refusal: "git.failed", refusalRate: world.faults.machineryRate / 4 };
  const unreliable = <P>(name: string, perform: (params: P, context: PerformContext) => Promise<Outcome>) =>
    makeUnreliable(world, name, rates, perform);
  return {
    createBranch: async ({ base }: { base: string }) => ({ type: "branch.created", branch: "simulated", commit: base }),
    buildChain: unreliable<{ onto: string; items: QueueItem[] }>("buildChain", (params, context) =>
      buildChain(world, params, context),
    ),
    gateTip: unreliable<{ commit: string }>("gateTip", (params, context) => gateTip(world, params, context)),
    advanceBranch: unreliable<{ from: string; to: string }>("advanceBranch", async (params) => advance(world, params)),
  };
}

async function buildChain(
  { branch, clock, overheads }: World,
  { onto, items }: { onto: string; items: QueueItem[] },
  { signal }: PerformContext,
): Promise<Outcome> {
  await wait(clock, overheads.chainMs, signal);
  let head = onto;
  const links: { task: string; commit: string }[] = [];
  const conflicts: { task: string; files: string[] }[] = [];
  for (const { task, commit } of items) {
    const link = branch.rebase(task, commit, head);
    if (link === null) conflicts.push({ task, files: [`${task}.txt`] });
    else links.push({ task, commit: link });
    head = link ?? head;
  }
  return { type: "chain.built", links, conflicts };
}

async function gateTip(
  { branch, clock, overheads, plan }: World,
  { commit }: { commit: string },
  { signal }: PerformContext,
): Promise<Outcome> {
  await wait(clock, overheads.tipMs, signal);
  const isGreen = branch.isGreen(commit);
  const required = plan.gates.filter((gate) => gate.required);
  return {
    type: "tip.gated",
    results: required.map(({ name }) => gateOutcome(name, true, isGreen, overheads.tipMs)),
  };
}

/** Compare and swap; what is there already is found there. */
function advance(
  { branch, count, random, faults, plan, report }: World,
  { from, to }: { from: string; to: string },
): Outcome {
  if (branch.contains(to)) return { type: "branch.advanced", from, to: branch.head };
  if (random.chance(faults.intruderRate, to, count(), "intruder")) branch.pushByOthers();
  if (branch.head !== from) return { type: "branch.diverged", found: branch.head };
  branch.head = to;
  const tasks = branch.tasks();
  for (const task of new Set(tasks)) {
    if (tasks.indexOf(task) !== tasks.lastIndexOf(task)) report("landedTwice", `${task} is on the branch twice`);
  }
  if (plan.gates.some(({ required }) => required) && !branch.isGreen(to)) {
    report("redBranch", `the branch was moved to ${to}, where a required gate fails`);
  }
  return { type: "branch.advanced", from, to };
}
