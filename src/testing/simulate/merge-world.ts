/** Performs what the merge queue asks for, on the simulated branch. */
import type { Outcome, PerformContext, Performers } from "../../actors/runtime/ports.ts";
import type { QueueItem } from "../../protocol/values.ts";
import { gateOutcome, type Setting, wait } from "./setting.ts";
import { makeUnreliable } from "./unreliable.ts";

/** The performers of the merge queue's effects. Git is refused less often than the rest: six times in a row is the end. */
export function mergePerformers(setting: Setting): Performers {
  const weakness = { crashRate: 0, refusal: "git.failed", refusalRate: setting.faults.machineryRate / 4 };
  const may = <P>(name: string, perform: (params: P, context: PerformContext) => Promise<Outcome>) =>
    makeUnreliable(setting, name, weakness, perform);
  return {
    createBranch: async ({ base }: { base: string }) => ({ type: "branch.created", branch: "simulated", commit: base }),
    buildChain: may<{ onto: string; items: QueueItem[] }>("buildChain", (params, context) =>
      buildChain(setting, params, context),
    ),
    gateTip: may<{ commit: string }>("gateTip", (params, context) => gateTip(setting, params, context)),
    advanceBranch: may<{ from: string; to: string }>("advanceBranch", async (params) => advance(setting, params)),
  };
}

async function buildChain(
  { branch, clock, overheads }: Setting,
  { onto, items }: { onto: string; items: QueueItem[] },
  { signal }: PerformContext,
): Promise<Outcome> {
  await wait(clock, overheads.chainMs, signal);
  let head = onto;
  const links: { task: string; commit: string }[] = [];
  const conflicts: { task: string; files: string[] }[] = [];
  for (const { task, commit } of items) {
    const link = branch.chain(task, commit, head);
    if (link === null) conflicts.push({ task, files: [`${task}.txt`] });
    else links.push({ task, commit: link });
    head = link ?? head;
  }
  return { type: "chain.built", links, conflicts };
}

async function gateTip(
  { branch, clock, overheads, plan }: Setting,
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
  { branch, count, draw, faults, plan, report }: Setting,
  { from, to }: { from: string; to: string },
): Outcome {
  if (branch.has(to)) return { type: "branch.advanced", from, to: branch.head };
  if (draw.chance(faults.intruderRate, to, count(), "intruder")) branch.intrude();
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
