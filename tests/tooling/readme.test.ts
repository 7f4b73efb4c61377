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
  const { config } = parseConfig("agent: claude", "pleach.yaml");

  it("shows a plan without mistakes", () => {
    const text = readBlock("A plan", "````", "markdown");
    const { plan, errors, warnings } = parsePlan(text, { root: ROOT, config, file: "README.md", format: "markdown" });
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(plan?.tasks.map(({ id, needs, work }) => ({ id, needs, kind: work.kind }))).toEqual([
      { id: "english", needs: [], kind: "agent" },
      { id: "check-the-spelling", needs: ["english"], kind: "run" },
    ]);
  });

  it("counts the tasks and streams of the bundled example", async () => {
    const root = join(ROOT, "examples/pantry");
    const { plan } = loadPlan(join(root, "plan.md"), { root, config: (await loadConfig(root)).config });
    expect(README).toContain(`${plan?.tasks.length} tasks, ${plan?.streams.length} streams`);
  });

  it("stays short, and begins with a picture", () => {
    expect(README.split("\n").length).toBeLessThan(140);
    expect(README).toMatch(/^# pleach\n\n!\[.*\]\(docs\/images\/screen\.svg\)\n/);
  });
});
