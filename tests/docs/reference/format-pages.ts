/** The pages on formats of other tools that are read as plans: what is read, and what becomes of an example. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { loadPlan, type Plan } from "../../../src/plan/index.ts";
import { parseConfig } from "../../../src/plan/read-config.ts";
import { ROOT } from "../../helpers/compile-src.ts";
import { writeFiles } from "../../helpers/program.ts";
import { table } from "./schema-page.ts";

/** The configuration that the examples are read with. */
const CONFIG = `agent: claude
gates:
  test: npm test
  lint: npm run lint
`;

const BUNDLES: Readonly<Record<string, string>> = {
  "bundles/api.yaml": `id: api
title: API for notes
files_scope: [src/api/**]
max_cost_usd: 3
tasks:
  - title: Routes
    description: Add GET /notes and POST /notes.
  - title: Errors
    description: Answer 404 for a note that is not there.
test_gates:
  - { type: test, required: true }
`,
  "bundles/page.md": `---
id: page
title: Page of notes
depends_on: [api]
files_scope: [src/page/**]
test_gates:
  - { type: lint, required: false, blocking: false }
---

Show all notes on one page.
`,
};

/** What each key of a bundle means; the reader's own list of keys is compared with it. */
const BUNDLE_KEYS: Readonly<Record<string, string>> = {
  id: "name of the bundle; has to be given",
  title: "one line; title of a task that has none",
  depends_on: "ids of bundles: the first task here needs the last task of each",
  files_scope: "globs: the scope of each task that has none of its own",
  tasks:
    "list: a text is title and instruction of a task; a map has the keys of a [task](plan.md#a-task), with `description` for `instruction` and `name` for `title`. Each needs the one before. Without `tasks` the bundle is one task",
  gate: "name of a gate for the last task; a sentence is added to the last instruction as `Done when: …`, and never run",
  estimated_context_tokens: "split evenly into the budgets of the tasks",
  max_cost_usd: "split evenly into the budgets of the tasks",
  test_gates:
    "list of `{type, required, blocking}`: gates of the last task; `type` is the name of a gate of pleach.yaml. One that is neither required nor blocking is only reported, as `TYPE-advisory`",
  agent: "agent of its tasks",
  stream: "stream of its tasks",
};

/** Keys that the reader of bundles knows. */
function listBundleKeys(): string[] {
  const file = join(ROOT, "src/plan/read-bundle.ts");
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => name.text === "WrittenBundle")
    .flatMap(({ members }) => members.map((member) => (member.name as ts.Identifier).text));
}

/** Reads an example as the program does, in this folder. */
function readExample(folder: string, files: Readonly<Record<string, string>>, plan: string): Plan {
  writeFiles(folder, files);
  const { config } = parseConfig(CONFIG, "pleach.yaml");
  const loaded = loadPlan(join(folder, plan), { root: folder, config });
  if (loaded.plan === null || loaded.warnings.length > 0) throw new Error(JSON.stringify(loaded));
  return loaded.plan;
}

function taskTable(plan: Plan): string {
  const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
  const rows = plan.tasks.map(({ id, title, needs, scope, gates, budget }) => [
    `\`${id}\``,
    title,
    list(needs),
    list(scope ?? []),
    list(gates),
    budget?.usd === undefined ? "" : `$${budget.usd}`,
  ]);
  return table(["task", "title", "needs", "scope", "gates", "budget"], rows);
}

const shown = (files: Readonly<Record<string, string>>): string =>
  Object.entries(files)
    .map(([file, text]) => {
      const language = file.endsWith(".md") ? "markdown" : "yaml";
      return `\`\`\`\`${language} file=${file}\n${text}\`\`\`\``;
    })
    .join("\n\n");

const MADE = "Made from the program's reader by `npm run generate`; not edited by hand.";

/** The page on bundles; `folder` is a fresh one, for the example. */
export function bundlesPage(folder: string): string {
  const keys = listBundleKeys();
  const unknown = Object.keys(BUNDLE_KEYS).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new Error(`no keys of a bundle: ${unknown}`);
  const rows = keys.map((key) => {
    if (BUNDLE_KEYS[key] === undefined) throw new Error(`the key ${key} of a bundle is not explained`);
    return [`\`${key}\``, BUNDLE_KEYS[key]];
  });
  return `# Reference: directories of bundles

${MADE}

A directory with one file a workstream is a plan. Give the directory, not one of its files.

${shown({ "pleach.yaml": CONFIG, ...BUNDLES })}

\`\`\`sh
pleach plan check bundles
\`\`\`

Its tasks:

${taskTable(readExample(folder, BUNDLES, "bundles"))}

## Files

\`.yaml\`, \`.yml\`, \`.json\`, or the frontmatter of a \`.md\` file, whose body begins every instruction. Files in folders
below are not read; a Markdown file without an \`id\` is no bundle. All other settings come from pleach.yaml.

## Keys

${table(["key", "means"], rows)}

Ids of tasks are \`BUNDLE-1\`, \`BUNDLE-2\` and so on, or the bundle's own id when it is one task. Keys that are not listed here are
told as warnings: they may belong to another tool.
`;
}

const UNITS: Readonly<Record<string, string>> = {
  "docs/plans/search.md": `---
title: Search notes
---

# Search notes

### U1. Index the notes

**Goal:** Build an index of words.

**Files:** \`src/index.ts\`, \`tests/index.test.ts\`

**Verification:** The tests of the index pass.

### U2. Search page

**Goal:** A page that searches.

**Dependencies:** U1

**Files:**
- Modify: src/page.ts
- \`tests/page.test.ts:12-20\`
`,
};

/** The page on plans with units; `folder` is a fresh one, for the example. */
export function unitsPage(folder: string): string {
  const rows = [
    ["`### U1. Title`", "a task with the id `U1` and that title; any depth of heading; `U1)` and `U1:` count, too"],
    ["the text below it", "its instruction, whole"],
    ["`**Dependencies:**`", "its needs: `U1, U3`, or a range such as `U1-U3`"],
    ["`**Files:**`", "its scope: paths in backticks, or a path alone on a line; line numbers after a path are dropped"],
    [
      "frontmatter",
      "`goal`, else `title`, is the goal; keys of a [plan](plan.md#frontmatter) count, all others are another tool's",
    ],
  ];
  return `# Reference: plans with units

${MADE}

Plans of the compound-engineering plugin are carried out as they are.

${shown({ "pleach.yaml": CONFIG, ...UNITS })}

\`\`\`sh
pleach plan check docs/plans/search.md
\`\`\`

Its tasks:

${taskTable(readExample(folder, UNITS, "docs/plans/search.md"))}

## What is read

A Markdown plan is read so when it holds no block marked \`yaml task\`.

${table(["written", "becomes"], rows)}

Units need an agent: \`agent\` in pleach.yaml, or \`--agent\`.
`;
}
