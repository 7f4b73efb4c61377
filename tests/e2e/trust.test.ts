/** At a terminal a person is asked once before a repository's own commands run, and sees all of them first. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PATIENCE_MS, Workshop } from "./runs.ts";
import { Terminal } from "./terminal.ts";

const workshop = new Workshop("trust");
afterAll(() => workshop.clean());

const PLAN = { goal: "one file", tasks: [{ id: "one", run: "echo 1 > one.txt", scope: ["one.txt"] }] };
const QUESTION = /as they are now\? \[y\/N\]/;

describe("a stranger's pleach.yaml at a terminal", { timeout: 2 * PATIENCE_MS }, () => {
  const root = workshop.repository(PLAN, {
    "pleach.yaml": JSON.stringify({
      gates: { test: "echo gated > ../gated; true" },
      worktree: { setup: "echo setup" },
    }),
  });
  const env = { XDG_STATE_HOME: join(root, ".git/state") };
  const run = (id: string): Terminal =>
    new Terminal(root, ["run", "plan.json", "--no-tui", "--no-learn", "--yes", "--run-id", id], env);

  it("is shown in full; anything but yes starts nothing, and --yes is no yes to this", async () => {
    const terminal = run("no");
    await terminal.see(QUESTION);
    for (const words of ["gates.test", "echo gated > ../gated; true", "worktree.setup", "echo setup"])
      expect(terminal.text).toContain(words);
    terminal.type("\r");
    expect((await terminal.exit).exitCode).toBe(130);
    expect(terminal.text).toContain("nothing was started");
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it("is agreed to once", async () => {
    const first = run("yes");
    await first.see(QUESTION);
    first.type("y\r");
    expect((await first.exit).exitCode).toBe(0);
    const second = run("again");
    expect((await second.exit).exitCode).toBe(0);
    expect(second.text).not.toMatch(QUESTION);
  });
});
