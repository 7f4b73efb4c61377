/** What the README shows is read by the program without a complaint, and what it counts is so. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadPlan } from "../../src/plan/index.ts";
import { loadConfig } from "../../src/plan/load-config.ts";
import { parsePlan } from "../../src/plan/load-plan.ts";
import { parseConfig } from "../../src/plan/read-config.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The first block fenced by `fence` and marked `mark` after a heading. */
function readBlock(heading: string, fence: string, mark: string): string {
  const section = README.slice(README.indexOf(`\n## ${heading}\n`));
  const from = section.indexOf(`\n${fence}${mark}\n`) + fence.length + mark.length + 2;
  const block = section.slice(from, section.indexOf(`\n${fence}\n`, from) + 1);
  if (block.trim() === "") throw new Error(`no ${mark} block under ${heading}`);
  return block;
}

describe("the README", () => {
  const { config, errors: configErrors } = parseConfig(readBlock("pleach.yaml", "```", "yaml"), "pleach.yaml");

  it("shows a plan without mistakes", () => {
    const text = readBlock("A plan", "````", "markdown");
    const { plan, errors, warnings } = parsePlan(text, { root: ROOT, config, file: "README.md", format: "markdown" });
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(plan?.tasks.map(({ id, needs, work }) => ({ id, needs, kind: work.kind }))).toEqual([
      { id: "english", needs: [], kind: "agent" },
      { id: "check-the-spelling", needs: ["english"], kind: "run" },
    ]);
  });

  it("shows a pleach.yaml without mistakes, which declares the agent of that plan", () => {
    expect(configErrors).toEqual([]);
    expect(config.agent).toBe("claude");
    expect(config.worktree).toMatchObject({ setup: "npm ci", copy: [".env"], link: ["node_modules"] });
  });

  it("counts the tasks and streams of the bundled example", async () => {
    const root = join(ROOT, "examples/pantry");
    const { plan } = loadPlan(join(root, "plan.md"), { root, config: (await loadConfig(root)).config });
    expect(README).toContain(`${plan?.tasks.length} tasks, ${plan?.streams.length} streams`);
  });

  it("explains every key of a task that the schema of plans knows", () => {
    const schema = JSON.parse(readFileSync(join(ROOT, "schema/plan.schema.json"), "utf8"));
    const keys = Object.keys(schema.$defs.task.properties);
    const section = README.slice(README.indexOf("| key of a task |"), README.indexOf("The same can be written as"));
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !section.includes(`\`${key}\``))).toEqual([]);
  });

  it("names every key of the frontmatter and of pleach.yaml that the schemas know", () => {
    const read = (name: string) => JSON.parse(readFileSync(join(ROOT, `schema/${name}.schema.json`), "utf8"));
    const [plan, project] = [read("plan"), read("config")];
    const { tasks: _tasks, $schema: _address, ...header } = plan.properties;
    // What `level` and `reports` are written for now.
    const { required: _required, report: _report, ...gate } = plan.$defs.gate.properties;
    const { budget, streams } = header;
    const parts = [
      header,
      budget.properties,
      streams.additionalProperties.properties,
      gate,
      plan.$defs.report.properties,
    ];
    const paragraph = README.slice(README.indexOf("\nThe frontmatter takes"), README.indexOf("\nUnder a stream,"));
    const named = [...paragraph.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.split(/\W+/));
    const keys = parts.flatMap((part) => Object.keys(part));
    expect(keys.length).toBeGreaterThan(25);
    expect(keys.filter((key) => !named.includes(key))).toEqual([]);
    const own = Object.keys(project.properties).filter((key) => !(key in header));
    const block = readBlock("pleach.yaml", "```", "yaml");
    const inBlock = [...own, ...Object.keys(project.properties.worktree.properties)];
    expect(inBlock.filter((key) => !new RegExp(`^ *${key}:`, "m").test(block))).toEqual([]);
  });
});
