/** What `pleach doctor` says of a hard budget and agents that tell what they used only when their work is over. */
import { factsOf } from "../../actors/agents/index.ts";
import type { AgentSpec, Budget } from "../../plan/model.ts";
import { plural } from "../../protocol/words.ts";
import type { Check } from "../diagnose.ts";

/** None where no hard budget is set, or all of these agents tell in time. */
export function diagnoseBudget(budget: Budget | undefined, agents: readonly AgentSpec[]): Check[] {
  if (budget?.mode !== "hard") return [];
  const late = agents.filter((spec) => factsOf(spec).usage === "turn").map(({ name }) => name);
  if (late.length === 0) return [];
  const tell = late.length === 1 ? "tells" : "tell";
  const message = `${late.join(", ")} ${tell} what was used only when work is over: a hard budget does not stop ${plural(late.length, "agent")} in the midst of it`;
  const unit = budget.usd === undefined && budget.tokens !== undefined ? "tokens" : "usd";
  if (budget.perTask?.[unit] !== undefined)
    return [
      {
        name: "budget",
        status: "ok",
        message: `${message}, what is set aside for a task (perTask) keeps it from starting`,
        hint: null,
      },
    ];
  const hint = `set aside what a task may need, so that none starts for which too little is left: budget: {perTask: {${unit}: …}}`;
  return [{ name: "budget", status: "warn", message, hint }];
}
