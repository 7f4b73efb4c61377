/** The floors of `npm run coverage`: they are of rooms that are there and have tests, and the gate closes below them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import config, { FLOORS, IMPURE } from "../../vitest.coverage.config.ts";
import { ROOT } from "../helpers/compile-src.ts";

describe("the floors of coverage", () => {
  const rooms = Object.keys(FLOORS);

  it("are of rooms that are there, with tests of their own", () => {
    const missing = rooms
      .flatMap((room) => [`src/${room}`, `tests/${room}`])
      .filter((dir) => !existsSync(join(ROOT, dir)));
    expect(missing).toEqual([]);
    expect(IMPURE.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("leave no room of the pure ones out", () => {
    const pure = ["dag", "machines", "plan", "protocol"];
    const ofVault = ["index", "links", "notes", "patterns", "predict", "text"].map((room) => `vault/${room}`);
    expect(rooms).toEqual([...pure, ...ofVault]);
    for (const [lines, branches] of Object.values(FLOORS)) {
      expect(lines).toBeGreaterThanOrEqual(90);
      expect(branches).toBeGreaterThanOrEqual(70);
    }
  });
});

describe("npm run coverage", () => {
  const folder = mkdtempSync(join(tmpdir(), "pleach-coverage-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is red when a room falls below its floor, though its tests are green", () => {
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const dir of ["src/dag", "tests/dag"]) mkdirSync(join(folder, dir), { recursive: true });
    writeFileSync(
      join(folder, "src/dag/sign.ts"),
      "export function sign(n: number): string {\n  if (n < 0) return 'minus';\n  return 'plus';\n}\n",
    );
    const { coverage } = config.test as { coverage: object };
    const floors = {
      ...coverage,
      include: ["src/**"],
      exclude: [],
      reporter: ["text-summary"],
      reportsDirectory: "out",
    };
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      `export default { test: { coverage: ${JSON.stringify(floors)} } };`,
    );
    const run = (numbers: number[]) => {
      const lines = numbers.map((n) => `  sign(${n});`).join("\n");
      writeFileSync(
        join(folder, "tests/dag/sign.test.ts"),
        `import { it } from "vitest";\nimport { sign } from "../../src/dag/sign.ts";\nit("signs", () => {\n${lines}\n});\n`,
      );
      const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
      return spawnSync(process.execPath, [vitest, "run"], { cwd: folder, encoding: "utf8" });
    };
    const low = run([1]);
    expect(low.stderr).toMatch(/Coverage for branches \(50%\) does not meet "src\/dag\/\*\*" threshold \(\d+%\)/);
    expect([low.status, run([1, -1]).status]).toEqual([1, 0]);
  });
});
