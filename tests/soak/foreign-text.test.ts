/**
 * Whatever others wrote is read in the time of its length: every reader, in a process of its own that is ended when it
 * hangs. By how much crafted text may be slower is asked by the soak and by `npm run bench -- i`, which may measure.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { compileInto, ROOT } from "../helpers/compile-src.ts";

it("no reader of foreign text hangs on what is crafted for it", () => {
  const dir = mkdtempSync(join(tmpdir(), "pleach-foreign-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "package.json"), '{"type":"module"}');
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  compileInto(dir, ["src", "tests/soak/foreign-text.ts", "tests/soak/children/read-crafted.ts"]);
  const { stdout, stderr } = spawnSync(process.execPath, [join(dir, "tests/soak/children/read-crafted.js")], {
    encoding: "utf8",
    timeout: 110_000,
  });
  expect(stdout, `it stood at ${stderr.trim().split("\n").at(-1)}`).toMatch(/^\d\d readers, 20 texts\n$/);
});
