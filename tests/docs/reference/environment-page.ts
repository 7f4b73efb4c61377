/** The page on environment variables: what workers see, what they are told, what pleach itself reads. */
import { factsOf } from "../../../src/actors/agents/program-facts.ts";
import { SERVICES } from "../../../src/actors/agents/service-variables.ts";
import { FETCHING_VARIABLES, USUAL_VARIABLES } from "../../../src/actors/process/usual-variables.ts";
import { BUILTIN_AGENTS } from "../../../src/plan/agent-kinds.ts";
import { table } from "./schema-page.ts";

/** What a worker is told about itself: name -> who gets it, and what it is. */
const TOLD: Readonly<Record<string, readonly [who: string, what: string]>> = {
  PLEACH_RUN: ["all", "id of the run"],
  PLEACH_TASK: ["all", "id of the task; for gates and set-up, what they are run for"],
  PLEACH_STREAM: ["all", "name of the stream"],
  PLEACH_REPO: ["all", "mark of the repository, by which processes that were left behind are found"],
  PLEACH_PORT: ["all", "first of ten ports that are its own"],
  PLEACH_SLUG: [
    "all in a worktree",
    "name of the worktree for what it has outside: no other one on this machine has it",
  ],
  PLEACH_DATABASE: ["all in a worktree", "the same as a name of a database"],
  PLEACH_EVENTS: ["all", "the run's drop box for events, see [coordination](../coordination.md)"],
  PLEACH_WORKER: ["all", "mark of the one command that was started, by which its processes are found"],
  PLEACH_ATTEMPT: ["tasks and reviews", "number of the attempt"],
  PLEACH_FEEDBACK: ["tasks that are tried again", "file with the result of the attempt before"],
  PLEACH_PLAN: ["tasks that plan", "file that the plan is written to"],
  PLEACH_REVIEW: ["agents that review", "file that the review is written to"],
  PLEACH_COMMIT: ["agents that review", "the commit to review"],
  PLEACH_TOOLS_URL: ["agents of kind `command`", "address of the coordination tools"],
  PLEACH_TOOLS_TOKEN: ["agents of kind `command`", "the token for them"],
  PLEACH_MESSAGE: ["commands of `notify`", "what the person is told, one line, see [notices](../guides/notices.md)"],
};

/** What pleach itself reads. */
const READ: Readonly<Record<string, string>> = {
  PLEACH_DEBUG: "`1` shows where an error was thrown",
  PLEACH_VAULT:
    "folder of the vault that is read and written, absolute, below `~/` or relative to where one is; `--vault` wins",
  NO_COLOR: "any value: no colours",
  TERM: "`dumb`, empty or not set: no colours, no screen",
  CI: "any value: plain lines instead of the screen, and nothing is asked",
  XDG_CONFIG_HOME: "where `pleach/config.yaml`, your own configuration, lies; default `~/.config`",
  XDG_STATE_HOME: "where what pleach keeps between runs lies (`pleach/`); default `~/.local/state`",
  XDG_CACHE_HOME: "where what may be deleted lies; default `~/.cache`",
};

/** Variables of pleach's own development; on no page. */
const OWN = ["PLEACH_CLI", "PLEACH_CRASH_AT", "PLEACH_MUTATE_SAMPLE", "PLEACH_REAL_AGENTS", "PLEACH_RECORD"];

/** Every variable of pleach's own that the page, or nobody, has to know. */
export const KNOWN_VARIABLES: readonly string[] = [...Object.keys(TOLD), ...Object.keys(READ), ...OWN];

const code = (name: string): string => `\`${name}\``;
/** One that ends in `_` stands for all that begin so. */
const listNames = (names: string): string =>
  names
    .split(" ")
    .filter((name) => name !== "")
    .map((name) => code(name.endsWith("_") ? `${name}…` : name))
    .join(", ");

export function environmentPage(): string {
  return `# Reference: environment

Made from the program's tables by \`npm run generate\`; not edited by hand.

Tasks, gates, set-up and agents do not see your whole environment: only what is on this page, and what you let through.

\`\`\`yaml
# pleach.yaml
env: { TZ: UTC } # set for all commands of a run
pass: [DATABASE_URL] # let through from your own environment, for all commands
gates:
  test: { run: npm test, env: { CI: "1" }, pass: [TEST_TOKEN] } # for this gate
worktree:
  setup: npm ci
  pass: [NPM_TOKEN] # for set-up and teardown
agents:
  claude: { pass: [ANTHROPIC_API_KEY] } # for this agent
\`\`\`

## What commands are told

${table(
  ["variable", "who gets it", "is"],
  Object.entries(TOLD).map(([name, [who, what]]) => [code(name), who, what]),
)}

## What is let through unasked

An empty variable is as none. The address of a registry that holds a password is let through to set-up and teardown only,
a proxy that holds one to agents as well, which reach their service by it; commands and gates get neither.

${table(
  ["for", "variables"],
  USUAL_VARIABLES.map(({ what, names }) => [
    what,
    [...names.split(" "), ...(what.startsWith("language") ? ["LC_…"] : [])].map(code).join(", "),
  ]),
)}

Set-up and teardown, which fetch what the work needs, also get ${FETCHING_VARIABLES.map(code).join(", ")}.

## What agents get besides

Where an agent's login lies, and your keys and addresses of the services that it works with: what it has in your terminal, it
has under pleach. Only the agent itself gets them, not gates, set-up or the commands of tasks; their values are redacted
like all that is let through. Nothing of a service is let through to a program that the repository brings (a \`command\` with a
relative path), nor where \`env\` sets the address of that service: name what it needs under \`pass\`. A variable that is set,
looks as if the agent needed it, and is not let through is named by \`pleach doctor\`, \`pleach agents\` and a run that
cannot work without it.

${table(
  ["agent", "its own", "services"],
  BUILTIN_AGENTS.map((spec) => ({ ...factsOf(spec), name: spec.name }))
    .filter(({ ownVariables, services }) => ownVariables.length + services.length > 0)
    .map(({ name, ownVariables, services }) => [
      code(name),
      ownVariables.map(code).join(", "),
      services.map((each) => SERVICES[each].what).join("; "),
    ]),
)}

${table(
  ["service", "only where one is set", "variables"],
  Object.values(SERVICES).map(({ what, when = "", names }) => [what, listNames(when), listNames(names)]),
)}

## What pleach reads

${table(
  ["variable", "means"],
  Object.entries(READ).map(([name, what]) => [code(name), what]),
)}

git as pleach runs it keeps what git needs of your environment, but for variables that point at a repository or change what
commands mean.
`;
}
