/** The least of which prompts are made, for tests that look at one part of them. */
import type { PromptParts } from "../../../src/actors/prompt/prompt.ts";
import type { Finding } from "../../../src/actors/prompt/review-answer.ts";
import type { ReviewPromptParts } from "../../../src/actors/prompt/review-prompt.ts";
import { ALONE } from "../../../src/actors/prompt/surroundings.ts";
import type { ToldPattern } from "../../../src/actors/prompt/tell-patterns.ts";
import type { Task } from "../../../src/plan/model.ts";
import { makeContext, readValid } from "../../plan/read-text.ts";

export const PLAN = readValid(
  `goal: Faster search
concurrency: 3
agent: basic
gates:
  test: npm test -- --run
  lint: {run: "echo \`x\`", required: false}
  build: "npm ci\\nnpm run build"
  release: {run: make release, at: ship}
resources: {db: 2}
streams: {builders: {reviewedBy: reviewers}}
tasks:
  - {id: plan, title: Plan it, stream: planners, instruction: Plan the index., artifacts: [plan]}
  - id: index
    title: Index notes
    instruction: |
      Write the index.

      Keep it small.
    scope: [src/index/**, "odd \`name\`"]
    gates: [test, lint]
    retries: 2
  - {id: tidy, instruction: Tidy up., isolation: 1}
`.replace(", isolation: 1", ""),
  "yaml",
  makeContext("agents: {basic: {kind: command, command: x}}\n"),
);
export const [PLANNING, INDEX, TIDY] = PLAN.tasks as [Task, Task, Task];

export const PARTS: PromptParts = {
  role: "You build.\n",
  goal: "Faster search",
  task: INDEX,
  plan: PLAN,
  attempt: 1,
  before: null,
  place: { cwd: "/home/ada/tree", prepared: { copy: [], link: [] }, ports: [20_400, 20_409], planFile: null },
  around: ALONE,
  tests: null,
  patterns: [],
};
export const PLANNER: PromptParts = {
  ...PARTS,
  task: PLANNING,
  place: { ...PARTS.place, planFile: "/home/ada/tree/pleach-plan.md" },
};
export const FINDING: Finding = {
  severity: "blocking",
  file: "src/index/a.ts",
  line: 3,
  confidence: 0.8,
  preexisting: false,
  text: "It is never closed.",
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
export const DIFF = "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-old\n+new\n";
export const REVIEW: ReviewPromptParts = {
  role: "You review.",
  goal: "Faster search",
  task: INDEX,
  others: [],
  round: 1,
  place: PARTS.place,
  commit: "c0ffee",
  base: "ba5e",
  diff: DIFF,
  files: ["src/a.ts"],
  gates: [{ name: "test", status: "passed", summary: "3 tests passed", run: "npm test" }],
  said: null,
  findings: [],
  patterns: [],
};
