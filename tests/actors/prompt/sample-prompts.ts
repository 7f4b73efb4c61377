/** One run with a prompt for every role and occasion: what the kept prompts are printed from, and their tests look at. */
import { tmpdir } from "node:os";
import { promptWithTools } from "../../../src/actors/agents/agent.ts";
import { composePrompt, composeResumedPrompt, type PromptParts } from "../../../src/actors/prompt/prompt.ts";
import type { Finding } from "../../../src/actors/prompt/review-answer.ts";
import {
  composeResumedReviewPrompt,
  composeReviewPrompt,
  type ReviewPromptParts,
} from "../../../src/actors/prompt/review-prompt.ts";
import { readRole } from "../../../src/actors/prompt/roles.ts";
import { findOthersWork, findSurroundings, type Standing } from "../../../src/actors/prompt/surroundings.ts";
import type { AttemptBefore } from "../../../src/actors/prompt/tell-attempt.ts";
import { TOOL_INSTRUCTIONS, tellDropBox } from "../../../src/actors/prompt/tell-coordination.ts";
import type { ToldPattern } from "../../../src/actors/prompt/tell-patterns.ts";
import type { Task } from "../../../src/plan/model.ts";
import { makeContext, readValid } from "../../plan/read-text.ts";

export const PLAN = readValid(
  `goal: Let notes be searched
agent: claude
concurrency: 3
budget: {usd: 20, perTask: {usd: 2}, mode: soft}
gates:
  test: {run: npm test}
  lint: {run: npm run lint, required: false}
streams: {builders: {reviewedBy: reviewers}}
tasks:
  - {id: plan, title: Plan the search, stream: planners, artifacts: [plan], retries: 2, instruction: Plan how notes are to be searched.}
  - {id: types, title: Types of notes, scope: [src/types.ts], instruction: Write the types.}
  - id: index
    title: Index the notes
    needs: [types]
    scope: [src/index/**, tests/index.test.ts]
    gates: [test]
    retries: 2
    instruction: |
      Add \`src/index/build.ts\` with \`buildIndex(notes: Note[]): Index\`.

      Test an empty list, one note, and two notes that share a word.
  - {id: pages, title: Pages of the manual, scope: [docs/**], instruction: Write the pages.}
  - {id: search, title: Search command, needs: [index], scope: [src/commands/search.ts], instruction: Add the command.}
`,
  "yaml",
  makeContext("agents: {claude: {}, play: {kind: recorded, from: old}}\n"),
);

const named = (id: string): Task => {
  const found = PLAN.tasks.find((task) => task.id === id);
  if (found === undefined) throw new Error(`no task ${id}`);
  return found;
};
export const [PLANNING, INDEX] = [named("plan"), named("index")];

const SAID = `Done: \`Note\` and \`NoteId\` in src/types.ts, with tests.
Not done: dates; the task does not name a format.
Names: \`Note { id, title, text }\`, \`parseNote(text: string): Note\`.`;

/** The need is merged, the manual is being written, the command waits. */
export const STANDING: Standing = {
  phase: (id) => (id === "types" ? "over" : id === "pages" ? "works" : "waits"),
  made: (id) => (id === "types" ? { files: ["src/types.ts", "tests/types.test.ts"], said: SAID } : null),
};

export const PATTERN: ToldPattern = {
  id: "p-12",
  title: "Index tests need TZ",
  advice: "Set TZ=UTC.\nAlways.",
  because: "task",
  status: "active",
  evidence: { support: 3, successes: 2, failures: 1, lastSeen: "2026-08-24T00:00:45", runs: [] },
  why: ["words: index", "gate: test"],
};

const ROOT = "/home/ada/notes-worktrees/r1";
const OUT = "/home/ada/notes/.ce-workspace/r1";

const role = (stream: string): string | null => readRole(tmpdir(), stream);

export const BUILDER: PromptParts = {
  role: role("builders"),
  goal: PLAN.goal,
  task: INDEX,
  plan: PLAN,
  attempt: 1,
  before: null,
  place: {
    cwd: `${ROOT}/index.1`,
    prepared: { setup: "npm ci --ignore-scripts", copy: [".env"], link: ["data"] },
    ports: [20_400, 20_409],
    planFile: null,
  },
  around: findSurroundings(PLAN, INDEX, STANDING),
  tests: null,
  patterns: [PATTERN],
};

const RED: AttemptBefore = {
  why: "gate test: 1 of 41 tests failed",
  feedback: {
    path: `${OUT}/out/index.1.gates/test.log`,
    text: "FAIL tests/index.test.ts > two notes share a word\nAssertionError: expected [ 'a' ] to equal [ 'a', 'b' ]\n",
  },
  isKept: false,
};
const FINDING: Finding = {
  severity: "blocking",
  file: "src/index/build.ts",
  line: 12,
  confidence: 0.9,
  preexisting: false,
  text: "Words in upper case are never found: the index keeps them as they are.",
};
const REJECTED: AttemptBefore = {
  why: "the review asks for changes: src/index/build.ts:12: Words in upper case are never found",
  feedback: {
    path: `${OUT}/out/index.2.review1.json`,
    text: JSON.stringify({ verdict: "reject", findings: [FINDING] }, null, 2),
  },
  isKept: true,
};

export const PLANNER: PromptParts = {
  ...BUILDER,
  role: role("planners"),
  task: PLANNING,
  place: { ...BUILDER.place, cwd: `${ROOT}/plan.1`, planFile: `${ROOT}/plan.1/pleach-plan.md` },
  around: findSurroundings(PLAN, PLANNING, STANDING),
};
const PLAN_ERRORS: AttemptBefore = {
  why: "its plan was not taken: pleach-plan.md:14: no task has the id indx",
  feedback: { path: `${OUT}/out/plan.1.plan-errors.txt`, text: "pleach-plan.md:14: no task has the id indx\n" },
  isKept: false,
};

export const REVIEWER: ReviewPromptParts = {
  role: role("reviewers"),
  goal: PLAN.goal,
  task: INDEX,
  others: findOthersWork(PLAN, INDEX, STANDING),
  round: 1,
  place: { cwd: `${ROOT}/index.1.review`, prepared: { setup: "npm ci --ignore-scripts", copy: [], link: [] } },
  commit: "7d1c9e6ab2f04c1f8e5d3a7b9c0d1e2f3a4b5c6d",
  base: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  diff: "diff --git a/src/index/build.ts b/src/index/build.ts\n--- a/src/index/build.ts\n+++ b/src/index/build.ts\n@@ -1 +1 @@\n-old\n+new\n",
  files: ["src/index/build.ts"],
  gates: [{ name: "test", status: "passed", summary: "41 tests passed", run: "npm test" }],
  said: "Done: the index, with tests.\nNot done: nothing.\nNames: buildIndex(notes), Index.",
  findings: [],
  patterns: [],
};

interface Given {
  planner: PromptParts;
  builder: PromptParts;
  reviewer: ReviewPromptParts;
  /** The attempts before: a plan with an error, a red gate, a rejection. */
  wrong: AttemptBefore;
  red: AttemptBefore;
  rejected: AttemptBefore;
  findings: readonly Finding[];
}

/** Every prompt by the name of its fixture: role and occasion. */
function printAll({ planner, builder, reviewer, wrong, red, rejected, findings }: Given): Record<string, string> {
  const begin = (parts: PromptParts, hasTools = true): string =>
    promptWithTools({
      prompt: composePrompt(parts),
      tools: hasTools ? { url: "", token: "", instructions: TOOL_INSTRUCTIONS } : null,
      dropBox: tellDropBox(parts.task.stream, `${OUT}/.ce-events`),
    });
  return {
    "planner-first": begin(planner),
    "planner-retry": begin({ ...planner, attempt: 2, before: wrong }),
    "planner-resumed": composeResumedPrompt({ ...planner, attempt: 2, before: wrong }),
    "builder-first": begin(builder),
    "builder-first-without-tools": begin({ ...builder, patterns: [] }, false),
    "builder-retry": begin({ ...builder, attempt: 2, before: red }),
    "builder-retry-after-review": begin({ ...builder, attempt: 3, before: rejected }),
    "builder-resumed": composeResumedPrompt({ ...builder, attempt: 2, before: red, patterns: [] }),
    "builder-resumed-after-review": composeResumedPrompt({ ...builder, attempt: 3, before: rejected, patterns: [] }),
    "builder-resumed-after-a-crash": composeResumedPrompt({ ...builder, patterns: [] }),
    "reviewer-first": composeReviewPrompt(reviewer),
    "reviewer-second": composeReviewPrompt({ ...reviewer, round: 2, findings }),
    "reviewer-resumed": composeResumedReviewPrompt({ ...reviewer, round: 2, findings }),
    "reviewer-asked-again": composeResumedReviewPrompt({ ...reviewer, round: 2 }),
  };
}

export const PROMPTS = printAll({
  planner: PLANNER,
  builder: BUILDER,
  reviewer: REVIEWER,
  wrong: PLAN_ERRORS,
  red: RED,
  rejected: REJECTED,
  findings: [FINDING],
});

/** A run of which there is hardly anything to tell: every section is there, and what it says of the run is a character. */
const bareTask = (task: Task): Task => ({
  ...task,
  id: "t",
  title: "t",
  ...(task.scope?.length === 0 ? {} : { scope: ["s"] }),
  work: { kind: "agent", agent: "a", instruction: "i" },
  gates: task.artifacts.length === 0 ? ["g"] : [],
});
const [GATE] = PLAN.gates;
if (GATE === undefined) throw new Error("no gate");
const OTHER = { id: "o", title: "o", scope: ["s"] };
const BARE_PARTS = {
  goal: "g",
  plan: {
    ...PLAN,
    gates: [{ ...GATE, name: "g", run: "r" }],
    tasks: [bareTask(INDEX)],
    streams: PLAN.streams.slice(0, 1).map((stream) => ({ ...stream, name: "s", agent: "a", reviewedBy: "r" })),
    agents: PLAN.agents.slice(0, 1).map((agent) => ({ ...agent, name: "a" })),
  },
  around: { needed: [{ ...OTHER, made: { files: ["f"], said: "s" } }], beside: [OTHER], waiting: [OTHER] },
  patterns: [{ ...PATTERN, id: "p", title: "t", advice: "a", why: ["w"] }],
};
const bareAttempt = (before: AttemptBefore): AttemptBefore => ({
  ...before,
  why: "w",
  feedback: { path: "/p", text: "t" },
});
const BARE_PLACE = { cwd: "/c", prepared: { setup: "s", copy: ["c"], link: ["l"] }, ports: [1, 2] as const };

/** The same prompts without what they tell of the run: their length is that of the words that are always said. */
export const BARE_PROMPTS = printAll({
  planner: {
    ...PLANNER,
    ...BARE_PARTS,
    task: bareTask(PLANNING),
    place: { ...BARE_PLACE, planFile: "/c/p" },
  },
  builder: { ...BUILDER, ...BARE_PARTS, task: bareTask(INDEX), place: { ...BARE_PLACE, planFile: null } },
  reviewer: {
    ...REVIEWER,
    goal: "g",
    task: bareTask(INDEX),
    others: [OTHER],
    place: BARE_PLACE,
    commit: "c",
    base: "b",
    diff: "d",
    files: ["f"],
    gates: [{ name: "g", status: "passed", summary: "", run: "r" }],
    said: "s",
    patterns: BARE_PARTS.patterns,
  },
  wrong: bareAttempt(PLAN_ERRORS),
  red: bareAttempt(RED),
  rejected: bareAttempt(REJECTED),
  findings: [{ ...FINDING, file: "f", text: "t" }],
});
