/** The example of docs/simulating-plans.md passes as a test of node:test, with the library by its published name. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { usualFaults } from "../../../src/testing/simulate/index.ts";
import { compileInto, compileText, LEAVES, ROOT } from "../../helpers/compile-src.ts";

const CHAPTER = fs.readFileSync(path.join(ROOT, "docs/simulating-plans.md"), "utf8");
const SOURCES = [
  ...LEAVES,
  "src/machines",
  "src/protocol",
  "src/actors",
  "src/agent-programs.ts",
  "src/plan/accounts.ts",
  "src/plan/agent-kinds.ts",
  "src/plan/model.ts",
  "src/plan/planning.ts",
  "src/plan/ready-agents.ts",
  "src/plan/simulate.ts",
  "src/testing",
];

describe("the chapter on simulating plans", () => {
  it("shows a test that passes under node:test, and fails when the plan takes longer", () => {
    const [, source = ""] = /^```ts simulate-test\n(.*?)^```$/ms.exec(CHAPTER) ?? [];
    expect(source).toContain("simulate(");
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-simulate-"));
    try {
      const exported = { name: "pleach", type: "module", exports: { "./simulate": "./src/testing/simulate/index.js" } };
      fs.writeFileSync(path.join(dir, "package.json"), JSON.stringify(exported));
      fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(dir, "node_modules"));
      compileInto(dir, SOURCES);
      const run = (text: string): number | null => {
        fs.writeFileSync(path.join(dir, "plan.test.js"), compileText(text));
        // Started by a runner of node:test, node would report to that one.
        const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
        return spawnSync(process.execPath, ["--test", "plan.test.js"], { cwd: dir, env }).status;
      };
      expect(run(source)).toBe(0);
      expect(run(source.replace("screen: 25 * MINUTE", "screen: 35 * MINUTE"))).toBe(1);
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }, 120_000);

  it("names every fault", () => {
    for (const fault of Object.keys(usualFaults)) expect(CHAPTER).toContain(`\`${fault}\``);
  });
});
