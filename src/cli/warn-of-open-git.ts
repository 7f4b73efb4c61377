/** Tasks that nothing keeps to their own branch: told by `plan check`, for whoever reads a plan that somebody else wrote. */
import { agentsOf } from "../plan/agent-choice.ts";
import type { Plan, PlanIssue } from "../plan/index.ts";

/** A warning for each of them. */
export function warnOfOpenGit({ agents, tasks, isolation }: Plan): PlanIssue[] {
  if (isolation === "none") return [];
  const open = new Set(agents.filter(({ git }) => git === "open").map(({ name }) => name));
  return tasks.flatMap(({ id, git, work, at }) => {
    const named = work.kind === "agent" ? agentsOf(work) : [];
    const agent = named.find((name) => open.has(name)) ?? null;
    const leave = git ?? (agent === null ? "guarded" : "open");
    if (leave !== "open") return [];
    const by = git === undefined ? `\`git: open\` of its agent ${JSON.stringify(agent)}` : "`git: open`";
    const message = `task ${JSON.stringify(id)} may move any branch or tag, use the stash and push: ${by}`;
    const { file = "", line = 1 } = at ?? {};
    return [{ code: "plan.openGit", message, hint: "Leave `git` out to keep it to its own branch.", file, line }];
  });
}
