/**
 * What of a pleach.yaml counts only once a person agreed, in words that they can judge: nothing is left out or shortened.
 * Which keys that are is said in `key-sources.ts`; one that has no words here does not compile. Pure.
 */
import type { WrittenProject } from "./add-own.ts";
import type { AskedKey } from "./key-sources.ts";
import type { AgentSpec, Gate, Plan, Power, Task, Variables } from "./model.ts";

/** In the order of the table. */
export function listPowers(project: WrittenProject): Power[] {
  return Object.values(DESCRIBE).flatMap((describe) => describe(project));
}

/** As `listPowers`, of a plan that nobody named: besides, all that its tasks do. */
export function listPlanPowers(plan: Plan): Power[] {
  const tasks = plan.tasks.map((task) => ({ key: `tasks.${task.id}`, text: wordTask(task) }));
  return [...tasks, ...listPowers({ defaults: plan })];
}

type Describe = (project: WrittenProject) => Power[];

const DESCRIBE: { readonly [Each in AskedKey]: Describe } = {
  isolation: ({ defaults }) =>
    defaults?.isolation === "none"
      ? [{ key: "isolation", text: "none: tasks work in your own files, without worktrees and branches" }]
      : [],
  gates: ({ defaults }) => (defaults?.gates ?? []).map((gate) => ({ key: `gates.${gate.name}`, text: wordGate(gate) })),
  env: ({ defaults }) => wordEnv("env", defaults),
  pass: ({ defaults }) => wordPass("pass", defaults),
  agents: ({ defaults }) =>
    (defaults?.agents ?? []).map((agent) => ({ key: `agents.${agent.name}`, text: wordAgent(agent) })),
  vault: ({ vault }) =>
    vault === undefined ? [] : [{ key: "vault", text: `${vault} (read and written)`, path: vault }],
  vaults: ({ vaults }) => (vaults ?? []).map((path) => ({ key: "vaults", text: `${path} (read)`, path })),
  "worktree.setup": ({ worktree }) => wordText("worktree.setup", worktree?.setup),
  "worktree.teardown": ({ worktree }) => wordText("worktree.teardown", worktree?.teardown),
  "worktree.env": ({ worktree }) => wordEnv("worktree.env", worktree),
  "worktree.pass": ({ worktree }) => wordPass("worktree.pass", worktree),
  "worktree.copy": ({ worktree }) => wordPaths("worktree.copy", worktree?.copy),
  "worktree.link": ({ worktree }) => wordPaths("worktree.link", worktree?.link),
};

const wordText = (key: string, text: string | undefined): Power[] => (text === undefined ? [] : [{ key, text }]);

const wordPaths = (key: string, paths: readonly string[] = []): Power[] =>
  paths.length === 0 ? [] : [{ key, text: paths.join(", ") }];

const wordEnv = (key: string, variables?: Variables): Power[] => wordText(key, listEnv(variables)[0]);
const wordPass = (key: string, variables?: Variables): Power[] => wordText(key, listPass(variables)[0]);

function wordGate({ run, cwd, ...variables }: Gate): string {
  return [run, ...(cwd === undefined ? [] : [`in ${cwd}`]), ...listVariables(variables)].join("\n");
}

function wordTask({ work, scope }: Task): string {
  const where = scope === undefined ? "may change any file" : `may change ${scope.join(", ") || "nothing"}`;
  if (work.kind === "run") return `${work.command}\n${where}`;
  const script = (work.script ?? []).map((step) => JSON.stringify(step));
  return [`agent ${work.agent}`, ...script, work.instruction, where].join("\n");
}

/** Of an agent everything but what only limits it. */
function wordAgent({ kind, command, args, model, sandbox, from, home, ...variables }: AgentSpec): string {
  const program = [...(command === undefined ? [] : [command]), ...(args ?? []).map(quoteWord)].join(" ");
  const rest = Object.entries({ model, sandbox, from, home }).filter(([, value]) => value !== undefined);
  return [
    `${kind}${program === "" ? "" : `: ${program}`}`,
    ...rest.map(([key, value]) => `${key} ${value}`),
    ...listVariables(variables),
  ].join("\n");
}

const listVariables = (variables: Variables): string[] => [
  ...listEnv(variables).map((words) => `with ${words}`),
  ...listPass(variables).map((words) => `may see ${words}`),
];

const listEnv = ({ env = {} }: Variables = {}): string[] => {
  const words = Object.entries(env).map(([name, value]) => `${name}=${quoteWord(value)}`);
  return words.length === 0 ? [] : [words.join(" ")];
};

const listPass = ({ pass = [] }: Variables = {}): string[] => (pass.length === 0 ? [] : [pass.join(", ")]);

/** A word as it is, or in quotes where it would not be read as one. */
const quoteWord = (word: string): string => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : JSON.stringify(word));
