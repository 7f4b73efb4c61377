/**
 * Before a run begins: whether each agent that its plan needs could work now. A run that cannot work would leave a branch, a
 * folder and a note behind, and the person with a task that failed for no fault of its own.
 *
 * UNREADY-1 Only what is known for certain speaks against an agent: the program itself says that it is not logged in, or which
 *    models it has. Whatever cannot be told in a moment, or is decided by files of the repository, lets the run begin.
 * UNREADY-2 Nothing is started that the person did not install, or agree to.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { adapterOf, factsOf, listAgentKeys } from "../../actors/agents/index.ts";
import type { AgentSpec, Plan, PlanIssue } from "../../plan/index.ts";
import { isPlanning } from "../../plan/planning.ts";
import { few } from "../../protocol/words.ts";
import { listNeeding } from "../missing-agents.ts";
import { adviseHeldBack } from "./judge-agent.ts";
import { environmentFor, fewAtOnce, probe } from "./look-at-agents.ts";

/** Such programs answer within two seconds; on a machine that is busy they take longer, and may still work. */
const TIMEOUT_MS = 5_000;
const MAX_MODELS = 8;

interface Trouble {
  code: "plan.agentNotReady" | "plan.noModel" | "plan.unknownModel";
  /** What follows the agent's name in a sentence. */
  what: string;
  hint: string;
}

/**
 * An issue for each agent that cannot work, at the first task that needs it; `doubt` hears of those of which it is not certain.
 * `root`: where the repository lies.
 */
export async function findUnreadyAgents(
  plan: Plan,
  root: string,
  doubt: (issue: PlanIssue) => void = () => {},
): Promise<PlanIssue[]> {
  const found = await fewAtOnce(listNeeded(plan), async ({ agent, first }) => {
    const trouble = await findTrouble(agent, plan, root);
    if (trouble === null) return [];
    const { code, what, hint } = trouble;
    const { file = "", line = 1 } = first?.at ?? {};
    const issue = { code, message: `the agent ${JSON.stringify(agent.name)} ${what}`, hint, file, line };
    if (code !== "plan.unknownModel") return [issue];
    doubt(issue);
    return [];
  });
  return found.flat();
}

/** Agents of tasks and of their reviews; where tasks may join, of all streams. */
function listNeeded(plan: Plan): { agent: AgentSpec; first: Plan["tasks"][number] | undefined }[] {
  const grows = plan.tasks.some(isPlanning);
  const streams = new Set(plan.streams.map(({ agent }) => agent));
  return plan.agents.flatMap((agent) => {
    const [first] = listNeeding(plan, agent.name);
    return first !== undefined || (grows && streams.has(agent.name)) ? [{ agent, first }] : [];
  });
}

async function findTrouble(agent: AgentSpec, plan: Plan, root: string): Promise<Trouble | null> {
  const { program, about } = adapterOf(agent.kind);
  const { loginHint, projectFiles } = factsOf(agent);
  const tells = program !== null || about?.(agent)?.tellsLogin === true;
  // With a folder of its own for each run it has another login, or a key.
  if (!tells || agent.home === "run" || projectFiles.some((name) => existsSync(join(root, name)))) return null;
  const environment = environmentFor(agent, root, plan);
  if (environment.kind === "wrong") return null;
  const keys = listAgentKeys(agent, environment.env, process.env);
  // A key is believed, and what models there are is told only by some.
  if (keys.passed.length > 0 && agent.model === undefined) return null;
  const probed = await probe(agent, { cwd: root, timeoutMs: TIMEOUT_MS, forAll: plan });
  if (probed.kind === "missing" || !probed.answers) return null;
  if (probed.login === "no" && keys.passed.length === 0) {
    const hint = [`${loginHint ?? "Log in with its own program"}.`, ...adviseHeldBack({ spec: agent, keys })].join(" ");
    return { code: "plan.agentNotReady", what: "is not logged in", hint };
  }
  return findNoModel(agent, probed.models ?? []) ?? findUnknownModel(agent, probed.models ?? []);
}

/** A program that offers models by a list takes no other one; those with aliases of their own are asked by name. */
function findNoModel({ kind, model }: AgentSpec, models: readonly string[]): Trouble | null {
  if (!adapterOf(kind).listsAllModels || model === undefined || models.length === 0 || models.includes(model))
    return null;
  const offered = few(models.slice(0, MAX_MODELS));
  const hint = `It offers: ${offered}. Name one of them under \`model\`; pleach agents --json lists all.`;
  return { code: "plan.noModel", what: `has no model ${JSON.stringify(model)}`, hint };
}

/** Where short names are listed, full ones hold one of them; a service behind an address of its own may know others. */
function findUnknownModel({ kind, model }: AgentSpec, models: readonly string[]): Trouble | null {
  if (adapterOf(kind).listsAllModels || model === undefined || models.length === 0) return null;
  if (models.some((known) => model.includes(known)) || /^claude-/.test(model)) return null;
  const hint = `It tells of: ${few(models.slice(0, MAX_MODELS))}. One that only its service knows may be right all the same.`;
  return { code: "plan.unknownModel", what: `tells of no model ${JSON.stringify(model)}`, hint };
}
