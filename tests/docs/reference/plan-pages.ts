/** The pages on plans and on pleach.yaml: an example first, then every key that the schemas know. */
import { readSchema, type Schema, SchemaTables, table } from "./schema-page.ts";

const MADE = "Made from `schema/` by `npm run generate`; not edited by hand.";

export function planPage(): string {
  const plan = readSchema("plan");
  const defs = plan.$defs ?? {};
  const tables = new SchemaTables(plan);
  const inner = (key: string): Schema => plan.properties?.[key] ?? {};
  const stream = inner("streams").additionalProperties as Schema;
  const task = defs.task ?? {};
  return `# Reference: plans

${MADE}

\`\`\`\`markdown file=plan.md
---
goal: Greet in two languages
gates:
  test: { run: npm test, timeout: 5m }
---

## English

\`\`\`yaml task
id: english
scope: [src/en/**]
run: mkdir -p src/en && echo "export const hello = 'Hello';" > src/en/hello.js
\`\`\`

An agent that gets this task instead of \`run\` is told what stands here.

## French

\`\`\`yaml task
needs: [english]
scope: [src/fr/**]
gates: [test]
run: mkdir -p src/fr && echo "export const hello = 'Bonjour';" > src/fr/hello.js
\`\`\`
\`\`\`\`

The frontmatter holds what all tasks share. A heading followed by a block marked \`yaml task\` is a task; the prose below the
block is its instruction. \`pleach plan check plan.md\` tells every mistake at once.

The same keys as YAML or JSON, with the tasks as a list under \`tasks\`: then \`title\` and \`instruction\` stand for heading
and prose. For an editor's help, put this on the first line of a YAML plan:

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/pleach/schema/plan.schema.json
\`\`\`

Two more formats are read: [directories of bundles](bundles.md) and [plans with units](u-plans.md).

## Frontmatter

${tables.keys(plan, { budget: "Budget", gates: "A gate", streams: "A stream" }, ["$schema", "tasks"])}

## A task

One of \`run\` and \`agent\`; without either, the stream's agent, then the plan's.

${tables.keys(task, { join: "Join", script: "Script" })}

## A gate

${tables.keys(defs.gate ?? {}, { reports: "Reports" }, ["report"])}

Its level, in other words: \`required: true\` is \`level: required\`. \`report\` is the older word for one entry of \`reports\`.

### Reports

Each entry has \`junit\`, \`lcov\` or \`sarif\`.

${tables.keys(defs.report ?? {})}

## A stream

\`planners\`, \`builders\` and \`reviewers\` are known without being declared.

${tables.keys(stream)}

## Budget

Of the whole run, under \`budget\` in the frontmatter; a task's own \`budget\` takes \`usd\` and \`tokens\`. [Budgets](../goals.md)
says what happens at the limit.

${tables.keys(inner("budget"))}

## Join

With \`join\`, a task starts when enough of its \`needs\` have succeeded, instead of all.

${tables.keys(task.properties?.join ?? {})}

## Script

What a task with \`agent: scripted\` does, step by step: for demonstrations and tests.

${stepTable(defs.step ?? {}, tables)}

## Values

${valueTable(defs)}
`;
}

function stepTable(step: Schema, tables: SchemaTables): string {
  const rows = (step.oneOf ?? []).map((each) => {
    const keys = Object.entries(each.properties ?? {}).map(([key, value]) => {
      const isNeeded = each.required?.includes(key);
      return `\`${key}\`${isNeeded ? "" : "?"}: ${tables.wordsOf(value)}`;
    });
    return [`\`${Object.keys(each.properties ?? {})[0]}\``, keys.join("; "), each.description ?? ""];
  });
  return table(["step", "keys", "does"], rows);
}

const SAMPLES: Readonly<Record<string, string>> = {
  name: "`search-index`",
  duration: "`90`, `5m`",
  amount: "`{ usd: 2 }`",
  path: "`src/index.ts`",
  variable: "`DATABASE_URL`",
  stage: "`[merge]`",
};

function valueTable(defs: Readonly<Record<string, Schema>>): string {
  const rows = Object.entries(SAMPLES).map(([name, sample]) => [
    name,
    sample,
    defs[name]?.description ?? (defs[name]?.enum ?? []).map((each) => `\`${each}\``).join(", "),
  ]);
  return table(["value", "for example", "is"], rows);
}

export function configPage(): string {
  const config = readSchema("config");
  const plan = readSchema("plan");
  const tables = new SchemaTables(config);
  const ofPlan = Object.keys(config.properties ?? {}).filter((key) => key in (plan.properties ?? {}));
  const own: Schema = {
    properties: Object.fromEntries(Object.entries(config.properties ?? {}).filter(([key]) => !ofPlan.includes(key))),
  };
  return `# Reference: pleach.yaml

${MADE}

\`\`\`yaml file=pleach.yaml
# yaml-language-server: $schema=./node_modules/pleach/schema/config.schema.json
agent: claude
gates:
  test: { run: npm test, timeout: 5m }
worktree:
  setup: npm ci
  copy: [.env]
\`\`\`

The file lies in the root of the repository. All of it is optional. \`pleach init\` proposes one. Its commands run once you
[agreed](../trust.md) to them; what is yours rather than the repository's stands in
[your own configuration](../trust.md#your-own-configuration).

## Defaults of plans

These mean what they mean in a plan's frontmatter, which wins: ${ofPlan.map((key) => `\`${key}\``).join(", ")}.
[Plans](plan.md#frontmatter) has them.

## What belongs to the repository

${tables.keys(own, { agents: "An agent", worktree: "worktree" })}

## worktree

[Worktrees](../worktrees.md) says where they lie and what commands find there.

${tables.keys(config.properties?.worktree ?? {})}

## An agent

By name under \`agents\`. [Agents](../agents.md#the-keys-of-an-entry) says which kinds take which.

${tables.keys(config.$defs?.agent ?? {})}
`;
}
