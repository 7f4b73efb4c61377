import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { analyzePlan, loadPlan } from "../../src/plan/index.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { makeContext, places } from "./read-text.ts";

let root = "";
beforeEach(() => {
  root = makeTempFolder("plan", "test");
});

function load(name: string, content?: string | Buffer, configText = "") {
  if (content !== undefined) writeFileSync(join(root, name), content);
  return loadPlan(join(root, name), makeContext(configText, root));
}

describe("how many tasks run at once", () => {
  const text = "concurrency: auto\nstreams: {a: {concurrency: 20}}\ntasks: [{id: t, run: x, stream: a}]\n";

  it("may be left to the machine, within what the machine comes to at most", () => {
    writeFileSync(join(root, "a.yml"), text);
    const { plan } = loadPlan(join(root, "a.yml"), { ...makeContext("", root), mostAtOnce: 16 });
    expect(plan).toMatchObject({ concurrency: 16, autoConcurrency: true, streams: [{ name: "a", concurrency: 16 }] });
    expect(load("a.yml", text.replace("auto", "3")).plan).not.toHaveProperty("autoConcurrency");
    expect(load("b.yml", "tasks: [{id: t, run: x}]\n", "concurrency: auto\n").plan?.autoConcurrency).toBe(true);
    expect(places(load("c.yml", text.replace("20", "auto")).errors)).toEqual(["plan.badValue@2"]);
    expect(places(load("d.yml", text.replace("auto", "all")).errors)).toEqual(["plan.badValue@1"]);
  });
});

describe("a plan file", () => {
  it("is Markdown, YAML or JSON by its name", () => {
    expect(load("a.md", "# T\n\n```yaml task\nrun: x\n```\n").plan?.tasks[0]?.id).toBe("t");
    expect(load("a.yml", "tasks: [{id: t, run: x}]\n").plan?.goal).toBe("a");
    expect(load("a.json", '\ufeff{"goal": "g", "tasks": [{"id": "t", "run": "x"}]}').plan?.goal).toBe("g");
  });

  it("that cannot be read is an error, not an exception", () => {
    expect(places(load("none.md").errors)).toEqual(["plan.notFound@1"]);
    // What is not there is told once, also where its name says no format.
    expect(places(load("none").errors)).toEqual(["plan.notFound@1"]);
    expect(places(load("a\0b.md").errors)).toEqual(["plan.unreadable@1"]);
    expect(places(load("a.txt", "x").errors)).toEqual(["plan.unreadable@1"]);
    expect(places(load("a.md", Buffer.from([0x23, 0x20, 0xff, 0xfe])).errors)).toEqual(["plan.unreadable@1"]);
    expect(places(load("a.yaml", "").errors)).toEqual(["plan.empty@1"]);
  });

  it("of 20 MB is refused with a hint", () => {
    const { plan, errors } = load("a.md", Buffer.alloc(20 * 1024 * 1024, "x"));
    expect(plan).toBeNull();
    expect(places(errors)).toEqual(["plan.tooLarge@1"]);
    expect(errors[0]?.hint).toMatch(/Split/);
  });

  it.each(["md", "yaml"])("of 5,000 tasks loads from .%s and is analysed", (extension) => {
    const tasks = Array.from({ length: 5000 }, (_, i) => {
      const keys = [
        `id: t${i}`,
        `needs: [${i < 50 ? "" : `t${i - 50}`}]`,
        `scope: [src/m${i}/**, "test/m${i}.*"]`,
        "run: npm test",
      ];
      const prose = "Write it so that it *works*.\n\n- one\n- two\n";
      return extension === "md"
        ? `## Task ${i}\n\n\`\`\`yaml task\n${keys.join("\n")}\n\`\`\`\n\n${prose}\n`
        : `  - ${keys.join("\n    ")}\n`;
    });
    const { plan, errors } = load(`big.${extension}`, (extension === "md" ? "" : "tasks:\n") + tasks.join(""));
    expect(errors).toEqual([]);
    if (plan === null) return;
    expect(plan.tasks).toHaveLength(5000);
    const lines = extension === "md" ? 14 : 4;
    expect(plan.tasks[4999]?.at?.line).toBe(4999 * lines + (extension === "md" ? 1 : 2));
    const files = Array.from({ length: 5000 }, (_, i) => `src/m${i}/index.ts`);
    const analysis = analyzePlan(plan, { files });
    expect(analysis.waves).toHaveLength(100);
    expect(analysis.overlaps).toEqual([]);
    expect(analysis.speedup).toBe(4);
  });
});

describe("a directory of workstream bundles", () => {
  const bundle = (name: string, text: string): void => {
    mkdirSync(join(root, "ws"), { recursive: true });
    writeFileSync(join(root, "ws", name), text);
  };
  const CONFIG = "agent: basic\nagents: {basic: {kind: command, command: x}}\ngates: {unit: a, e2e: b, phase-1: c}\n";

  it("becomes a chain of tasks a bundle", () => {
    bundle(
      "1-api.yaml",
      `id: api
title: The API
files_scope: [src/api/**]
tasks: [Write the handlers, {id: api-docs, name: Docs, description: Write them, scope: docs}]
gate: phase-1
max_cost_usd: 1
estimated_context_tokens: 1001
owner: someone
test_gates:
  - {type: unit, required: true, blocking: true}
  - {type: e2e, required: false, blocking: false}
  - {type: fuzz, required: false, blocking: false}
`,
    );
    bundle(
      "2-ui.json",
      JSON.stringify({ id: "ui", depends_on: ["api"], tasks: [{ run: "npm test" }], gate: "All is green." }),
    );
    bundle("3-docs.md", "---\nid: docs\ndepends_on: [api, ui]\n---\n\n# Docs\n\nWrite the manual.\n");
    bundle("README.md", "# Bundles\n");
    const { plan, errors, warnings } = load("ws", undefined, CONFIG);
    expect(errors).toEqual([]);
    expect(plan?.goal).toBe("ws");
    expect(plan?.tasks.map(({ id, needs, gates, scope }) => ({ id, needs, gates, scope }))).toEqual([
      { id: "api-1", needs: [], gates: [], scope: ["src/api/**"] },
      { id: "api-docs", needs: ["api-1"], gates: ["phase-1", "unit", "e2e-advisory"], scope: ["docs"] },
      { id: "ui", needs: ["api-docs"], gates: [], scope: undefined },
      { id: "docs", needs: ["api-docs", "ui"], gates: [], scope: undefined },
    ]);
    expect(plan?.tasks[0]).toMatchObject({
      title: "Write the handlers",
      budget: { usd: 0.5, tokens: 501 },
      work: { kind: "agent", agent: "basic", instruction: "Write the handlers" },
    });
    expect(plan?.tasks[1]).toMatchObject({ title: "Docs", work: { instruction: "Write them" } });
    expect(plan?.tasks[2]?.work).toEqual({ kind: "run", command: "npm test" });
    expect(plan?.tasks[3]?.work).toMatchObject({ instruction: "# Docs\n\nWrite the manual." });
    expect(plan?.gates.find(({ name }) => name === "e2e-advisory")).toMatchObject({
      ...{ run: "b", required: false, at: ["task"] },
    });
    expect(places(warnings)).toEqual(["plan.unknownKey@8", "plan.unknownGate@12"]);
  });

  it("gives a task that has only a title that for its instruction", () => {
    bundle("a.yaml", "id: a\ntasks:\n  - title: Mend the parser\n  - {title: Two, description: Do it}\n");
    bundle("b.yaml", "id: b\ntitle: Write the manual\n");
    const { plan } = load("ws", undefined, CONFIG);
    const told = plan?.tasks.map(({ work }) => work.kind === "agent" && work.instruction);
    expect(told).toEqual(["Mend the parser", "Do it", "Write the manual"]);
  });

  it("names mistakes with the file of the bundle", () => {
    bundle("a.yaml", "id: a\ndepends_on: [b, zz]\ntasks: [x]\ntest_gates: [{type: fuzz}]\n");
    bundle("b.yaml", "id: b\ndepend_on: [a]\nfiles_scope: [../x]\ntasks: [x]\n");
    bundle("c.yaml", "id: a\ntasks: [x]\n");
    bundle("d.json", "{");
    bundle("e.yaml", "tasks: [x]\n");
    const { plan, errors } = load("ws", undefined, CONFIG);
    expect(plan).toBeNull();
    expect(errors.map(({ code, file, line }) => `${code} ${file.slice(-6)}@${line}`)).toEqual([
      "plan.missingNeed a.yaml@2",
      "plan.unknownGate a.yaml@4",
      "plan.unknownKey b.yaml@2",
      "plan.badScope b.yaml@3",
      "plan.duplicateId c.yaml@1",
      "plan.badJson d.json@1",
      "plan.badId e.yaml@1",
    ]);
  });

  it.each([
    ["whose id is misspelt", "---\nidd: api\ndepends_on: []\n---\n\n# API\n", "plan.unknownKey@2"],
    ["whose head is never closed", "---\nid: api\n\n# API\n\nDo it.\n", "plan.badYaml@1"],
    ["whose head is not on the first line", "\n---\nid: api\n---\n\n# API\n\nDo it.\n", "plan.badYaml@1"],
  ])("does not take a bundle %s for a README", (_, text, place) => {
    bundle("a.md", text);
    bundle("b.yaml", "id: b\ntasks: [x]\n");
    bundle("README.md", "---\ntitle: Bundles\n---\n\n# Bundles\n");
    const { plan, errors } = load("ws", undefined, CONFIG);
    expect(plan).toBeNull();
    expect(places(errors)).toContain(place);
  });

  it("finds cycles between bundles, and says when there is none to read", () => {
    bundle("a.yaml", "id: a\ndepends_on: b\ntasks: [x]\n");
    bundle("b.yaml", "id: b\ndepends_on: a\ntasks: [x]\n");
    expect(load("ws", undefined, CONFIG).errors.map(({ code }) => code)).toEqual(["plan.cycle"]);
    mkdirSync(join(root, "none"));
    expect(places(load("none").errors)).toEqual(["plan.empty@1"]);
  });
});

describe("a plan of the compound-engineering plugin", () => {
  const PLAN = `---
title: "feat: Search"
type: feat
status: active
---

# Search

## Implementation Units

### U1. Index notes

**Goal:** Notes can be found.

**Dependencies:** None

**Files:**
- Create: \`src/index.ts\`
- Modify: \`src/note.ts:12-20\`
- Test: test/index.test.ts

**Verification:** \`npm test\` passes.

### U2. Search screen

**Goal:** See them.

**Dependencies:** U1

**Approach:**
- Use \`src/other.ts\`

### U3. Docs

**Dependencies:** U1-U2

## Risks

None.
`;
  const CONFIG = "agent: basic\nagents: {basic: {kind: command, command: x}}\n";

  it("is read unit by unit", () => {
    const { plan, errors } = load("ce.md", PLAN, CONFIG);
    expect(errors).toEqual([]);
    expect(plan?.goal).toBe("feat: Search");
    expect(plan?.tasks.map(({ id, title, needs, scope }) => ({ id, title, needs, scope }))).toEqual([
      { id: "U1", title: "Index notes", needs: [], scope: ["src/index.ts", "src/note.ts", "test/index.test.ts"] },
      { id: "U2", title: "Search screen", needs: ["U1"], scope: undefined },
      { id: "U3", title: "Docs", needs: ["U1", "U2"], scope: undefined },
    ]);
    expect(plan?.tasks[2]?.work).toMatchObject({ agent: "basic", instruction: "**Dependencies:** U1-U2" });
  });

  it("leaves a heading of the units' own depth out of the last unit, and keeps those below it", () => {
    const text = PLAN.replace("## Risks", "#### Notes\n\nKeep it short.\n\n### Risks");
    const { plan, errors } = load("ce.md", text, CONFIG);
    expect(errors).toEqual([]);
    expect(plan?.tasks.map(({ id }) => id)).toEqual(["U1", "U2", "U3"]);
    expect(plan?.tasks[2]?.work).toMatchObject({
      instruction: "**Dependencies:** U1-U2\n\n#### Notes\n\nKeep it short.",
    });
  });

  it("takes for files only what is a path: with a slash, a dot or a wildcard, and without blanks", () => {
    const files =
      "**Files:**\n\n- Modify: `lib/x`, `y.ts`, `*`\n- Not: `src/a b.ts`, `wordy`, `npm test`\n\n### U3. Docs";
    const { plan, errors } = load("ce.md", PLAN.replace("### U3. Docs", files), CONFIG);
    expect(errors).toEqual([]);
    expect(plan?.tasks[1]?.scope).toEqual(["lib/x", "y.ts", "*"]);
  });

  it("needs an agent, and units that exist", () => {
    const { errors } = load("ce.md", PLAN.replace("Dependencies:** U1\n", "Dependencies:** U9\n"));
    expect(places(errors)).toEqual(["plan.noWork@11", "plan.noWork@24", "plan.missingNeed@28", "plan.noWork@33"]);
  });
});
