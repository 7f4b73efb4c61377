/**
 * What of a pleach.yaml counts only once a person agreed, in words that they can judge: nothing is left out or shortened.
 * Which keys that are is said in `key-sources.ts`; one that has no words here does not compile. Pure.
 */
import { createHash } from "node:crypto";
import type { WrittenProject } from "./add-own.ts";
import { agentsOf } from "./agent-choice.ts";
import type { AskedKey } from "./key-sources.ts";
import type { AgentSpec, Gate, GitLeave, Plan, Power, Task, Variables } from "./model.ts";

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
      ? [power("isolation", "none: tasks work in your own files, without worktrees and branches", "none")]
      : [],
  gates: ({ defaults }) =>
    (defaults?.gates ?? []).map((gate) => power(`gates.${gate.name}`, wordGate(gate), meaningOfGate(gate))),
  env: ({ defaults }) => wordEnv("env", defaults),
  pass: ({ defaults }) => wordPass("pass", defaults),
  agents: ({ defaults }) =>
    (defaults?.agents ?? []).map((agent) => power(`agents.${agent.name}`, wordAgent(agent), meaningOfAgent(agent))),
  vault: ({ vault }) =>
    vault === undefined ? [] : [{ ...power("vault", `${vault} (read and written)`, vault), path: vault }],
  vaults: ({ vaults }) => (vaults ?? []).map((path) => ({ ...power("vaults", `${path} (read)`, path), path })),
  "worktree.setup": ({ worktree }) => wordText("worktree.setup", worktree?.setup),
  "worktree.teardown": ({ worktree }) => wordText("worktree.teardown", worktree?.teardown),
  "worktree.env": ({ worktree }) => wordEnv("worktree.env", worktree),
  "worktree.pass": ({ worktree }) => wordPass("worktree.pass", worktree),
  "worktree.copy": ({ worktree }) => wordPaths("worktree.copy", worktree?.copy),
  "worktree.link": ({ worktree }) => wordPaths("worktree.link", worktree?.link),
};

/** `meaning`: everything that decides what it does, so that the same digest is the same deed. */
const power = (key: string, text: string, meaning: unknown): Power => {
  return {
    key,
    text,
    sha256: createHash("sha256")
      .update(JSON.stringify([key, meaning]))
      .digest("hex"),
  };
};

const wordText = (key: string, text: string | undefined): Power[] =>
  text === undefined ? [] : [power(key, text, text)];

const wordPaths = (key: string, paths: readonly string[] = []): Power[] =>
  paths.length === 0 ? [] : [ground(key, paths.join(", "), paths)];

const wordEnv = (key: string, variables?: Variables): Power[] =>
  listEnv(variables).map((text) => ground(key, text, meaningOfVariables(variables).env));
const wordPass = (key: string, variables?: Variables): Power[] =>
  listPass(variables).map((text) => ground(key, text, meaningOfVariables(variables).pass));

const ground = (...[key, text, meaning]: Parameters<typeof power>): Power => ({
  ...power(key, text, meaning),
  isGround: true,
});

const meaningOfVariables = ({ env = {}, pass = [] }: Variables = {}) => ({ env: Object.entries(env), pass });

const meaningOfGate = ({ run, cwd, ...variables }: Gate): unknown => [run, cwd ?? null, meaningOfVariables(variables)];

/** As `wordAgent`: everything but what only limits it. */
const meaningOfAgent = ({ kind, command, args, model, sandbox, from, home, git, ...variables }: AgentSpec): unknown => [
  ...[kind, command, args, model, sandbox, from, home].map((value) => value ?? null),
  meaningOfVariables(variables),
  // What was agreed to before there was such a key stays agreed to.
  ...(git === "open" ? [git] : []),
];

function wordGate({ run, cwd, ...variables }: Gate): string {
  return [run, ...(cwd === undefined ? [] : [`in ${cwd}`]), ...listVariables(variables)].join("\n");
}

function wordTask({ work, scope, git }: Task): string {
  const where = `${wordGit(git)}${wordScope(scope)}`;
  if (work.kind === "run") return `${work.command}\n${where}`;
  const script = (work.script ?? []).map((step) => JSON.stringify(step));
  return [`agent ${agentsOf(work).join(", ")}`, ...script, work.instruction, where].join("\n");
}

const wordScope = (scope: readonly string[] | undefined): string =>
  scope === undefined ? "may change any file" : `may change ${scope.join(", ") || "nothing"}`;

const wordGit = (git: GitLeave | undefined): string =>
  git === "open" ? "git open: may move any branch or tag, use the stash and push\n" : "";

/** Of an agent everything but what only limits it. */
function wordAgent({ kind, command, args, model, sandbox, from, home, git, ...variables }: AgentSpec): string {
  const program = [...(command === undefined ? [] : [command]), ...(args ?? []).map(quoteWord)].join(" ");
  const rest = Object.entries({ model, sandbox, from, home }).filter(([, value]) => value !== undefined);
  return [
    `${kind}${program === "" ? "" : `: ${program}`}`,
    ...rest.map(([key, value]) => `${key} ${value}`),
    ...(git === "open" ? [wordGit(git).trimEnd()] : []),
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
