/** Roles are the repository's own, else the ones that are shipped; and what these say is true of this program. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRole } from "../../../src/actors/prompt/roles.ts";
import { extendPlan } from "../../../src/plan/extend-plan.ts";
import { MAX_TASKS_A_TEXT, planOfGoal } from "../../../src/plan/index.ts";
import { MAX_PLANNED_TASKS } from "../../../src/plan/planning.ts";
import { makeContext } from "../../plan/read-text.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function makeRoot(roles: Readonly<Record<string, string>> = {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pleach-roles-")));
  folders.push(root);
  mkdirSync(join(root, ".pleach/roles"), { recursive: true });
  for (const [name, text] of Object.entries(roles)) writeFileSync(join(root, ".pleach/roles", name), text);
  return root;
}

const shipped = (stream: string): string => {
  const role = readRole(makeRoot(), stream);
  if (role === null) throw new Error(`no role for ${stream}`);
  return role;
};

describe("a role", () => {
  it("is shipped for planners, builders and reviewers, and for no other stream", () => {
    expect(shipped("planners")).toMatch(/^# You plan\n/);
    expect(shipped("builders")).toMatch(/^# You build\n/);
    expect(shipped("reviewers")).toMatch(/^# You review\n/);
    expect(readRole(makeRoot(), "docs")).toBeNull();
  });

  it("is the repository's own file where there is one, for any stream", () => {
    const root = makeRoot({ "builders.md": "Build well.\n", "docs.md": "Write well.\n" });
    expect(readRole(root, "builders")).toBe("Build well.\n");
    expect(readRole(root, "docs")).toBe("Write well.\n");
    expect(readRole(root, "reviewers")).toBe(shipped("reviewers"));
  });

  it("can be emptied", () => {
    expect(readRole(makeRoot({ "builders.md": " \n" }), "builders")).toBeNull();
  });

  it("is read through a link that stays in the repository, and not through one that leads out", () => {
    const root = makeRoot({ "builders.md": "Build well.\n" });
    const outside = join(makeRoot({ "secret.md": "secret" }), ".pleach/roles/secret.md");
    symlinkSync("builders.md", join(root, ".pleach/roles/docs.md"));
    symlinkSync(outside, join(root, ".pleach/roles/reviewers.md"));
    symlinkSync(outside, join(root, ".pleach/roles/qa.md"));
    expect(readRole(root, "docs")).toBe("Build well.\n");
    expect(readRole(root, "reviewers")).toBe(shipped("reviewers"));
    expect(readRole(root, "qa")).toBeNull();
  });

  it("is not read where a folder lies, nor by a name that is none", () => {
    const root = makeRoot({ "x.md": "x" });
    mkdirSync(join(root, ".pleach/roles/builders.md"));
    expect(readRole(root, "builders")).toBe(shipped("builders"));
    for (const name of ["../roles/x", "x/../x", "", ".", "x\0"]) expect(readRole(root, name)).toBeNull();
  });

  it("is bounded, and free of what acts on a terminal", () => {
    const root = makeRoot({ "a.md": "x".repeat(1_000_000), "b.md": "one\u001b[2J\u202etwo\n" });
    expect(readRole(root, "a")).toHaveLength(64 * 1024);
    expect(readRole(root, "b")).toBe("onetwo\n");
  });
});

describe("the planners' role", () => {
  const role = shipped("planners");

  it("shows a plan that joins a run without a complaint", () => {
    const example = /^````markdown\n([\s\S]*?)^````$/m.exec(role)?.[1] ?? "";
    const { config } = makeContext("gates: {test: x}\n");
    const plan = planOfGoal("Search for notes", { config, agent: { name: "claude", kind: "claude" } });
    const context = { file: "pleach-plan.md", root: tmpdir(), config, plan, unstarted: new Set<string>() };
    const { tasks, errors, warnings } = extendPlan(example, context);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(tasks.map(({ id, needs, gates, retries }) => ({ id, needs, gates, retries }))).toEqual([
      { id: "index", needs: [], gates: ["test"], retries: 1 },
      { id: "search-command", needs: ["index"], gates: [], retries: 0 },
    ]);
  });

  it("names keys of tasks that there are, and says the limits as they are", () => {
    const schema = JSON.parse(readFileSync(new URL("../../../schema/plan.schema.json", import.meta.url), "utf8"));
    const named = [...role.matchAll(/^- `(\w+)`: /gm)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((key) => !(key in schema.$defs.task.properties))).toEqual([]);
    expect(role).toContain("Write it to the file whose path is given below.");
    expect(role.replaceAll("\n  ", " ")).toContain(
      `A file may hold ${MAX_TASKS_A_TEXT} tasks, a run may get ${MAX_PLANNED_TASKS} from all its planners`,
    );
    expect(role).toContain("`builders` when left out");
    expect(role).toContain("30 minutes when left out");
  });
});

describe("the reviewers' role", () => {
  it("speaks of the severities and verdicts that the answer has, and of its file", () => {
    const schema = JSON.parse(readFileSync(new URL("../../../schema/review.schema.json", import.meta.url), "utf8"));
    const words = [...schema.$defs.finding.properties.severity.enum, ...schema.properties.verdict.enum];
    const role = shipped("reviewers");
    for (const word of words) expect(role).toContain(`\`${word}\``);
    expect(role).toContain("`pleach-review.json`");
    expect(role).toContain("`preexisting: true`");
  });
});
