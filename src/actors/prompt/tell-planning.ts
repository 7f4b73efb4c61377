/** What a planner is told of the run: where its plan goes, what its tasks may name, and what they may cost. */
import type { AgentKind, Amount, Budget, Plan } from "../../plan/model.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { codeBlock, inlineCode } from "./quote-untrusted.ts";
import { gatesOfMerge, tellGate } from "./tell-gates.ts";

/** Tasks that a planner is shown; a plan of thousands would leave no room for the work. */
const MAX_TASKS = 200;
/** Agents of these kinds do what is written down for them beforehand: no planner can give them work. */
const UNTEACHABLE: ReadonlySet<AgentKind> = new Set(["scripted", "recorded"]);

const MODES: Readonly<Record<Budget["mode"], string>> = {
  warn: "a warning when it is spent",
  soft: "nothing new starts when it is spent",
  hard: "everything is stopped when it is spent",
};

/** The section of a planner; `isAll`: it writes nothing else. */
export function tellPlanning(plan: Plan, planFile: string, isAll: boolean): string {
  const streams = plan.streams.map(({ name, agent, concurrency, reviewedBy }) => {
    const facts = [
      `${concurrency} at once`,
      ...(agent === undefined ? [] : [`agent ${inlineCode(agent)}`]),
      ...(reviewedBy === undefined ? [] : [`reviewed by ${inlineCode(reviewedBy)}`]),
    ];
    return `- ${inlineCode(name)} (${facts.join(", ")})`;
  });
  const agents = plan.agents
    .filter(({ kind }) => !UNTEACHABLE.has(kind))
    .map(({ name, kind }) => `${inlineCode(name)} (${kind})`);
  const resources = Object.entries(plan.resources).map(([name, units]) => `${inlineCode(name)} (${units})`);
  const tasks = plan.tasks
    .slice(-MAX_TASKS)
    .map(({ id, stream, title }) => `${id} (${stream}): ${sanitizeLine(title, 100)}`);
  const more = plan.tasks.length > MAX_TASKS ? ` (the last ${MAX_TASKS} of ${plan.tasks.length})` : "";
  return [
    "# Where the plan goes, and what its tasks may name",
    `Write the plan to ${inlineCode(planFile, 1000)}${isAll ? "; any other change fails the task" : ""}. At most ${plan.concurrency} tasks run at once. ${tellBudget(plan.budget)}`,
    `Streams:\n\n${streams.join("\n")}`,
    ...tellNames(plan),
    `Resources: ${resources.join(", ") || "none"}. Agents: ${agents.join(", ") || "none"}.`,
    `Tasks that there are already${more}; their ids are taken:\n\n${codeBlock(tasks.join("\n"))}`,
  ].join("\n\n");
}

function tellNames(plan: Plan): string[] {
  const named = plan.gates.filter(({ at }) => at.includes("task"));
  const always = gatesOfMerge(plan);
  const list = (gates: Plan["gates"]): string => gates.map(tellGate).join("\n").trimEnd();
  if (named.length + always.length === 0) return ["There are no gates: leave `gates` out."];
  return [
    named.length === 0 ? "No gate can be named in `gates`." : `Gates that a task may name:\n\n${list(named)}`,
    ...(always.length === 0
      ? []
      : [
          `Required of all that is merged, named or not: ${always.map(({ name }) => inlineCode(name)).join(", ")}.`,
          ...(always.every(({ name }) => named.some((gate) => gate.name === name))
            ? []
            : [list(always.filter(({ name }) => !named.some((gate) => gate.name === name)))]),
        ]),
  ];
}

function tellBudget({ perTask = {}, mode, ...all }: Budget): string {
  const whole = tellAmount(all);
  const each = tellAmount(perTask);
  if (whole === null) return each === null ? "There is no budget." : `Budget: ${each} a task.`;
  return `Budget of the run: ${whole}${each === null ? "" : `, ${each} a task`} (${MODES[mode]}).`;
}

function tellAmount({ usd, tokens }: Amount): string | null {
  const parts = [
    ...(usd === undefined ? [] : [`$${usd}`]),
    ...(tokens === undefined ? [] : [`${tokens.toLocaleString("en-US")} tokens`]),
  ];
  return parts.length === 0 ? null : parts.join(" and ");
}
