/**
 * The screen on real runs: opened by `run`, left without stopping anything, come back to by `attach`, and what becomes
 * of run and screen when one of them is killed.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { runProgram } from "../helpers/program.ts";
import { PATIENCE_MS, readStatus, show, taskOf, until, Workshop } from "./runs.ts";
import { Terminal } from "./terminal.ts";

const workshop = new Workshop("screen");
afterAll(() => workshop.clean());

/** What is still alive at the end of a test is ended. */
const terminals: Terminal[] = [];
const roots: string[] = [];
afterEach(async () => {
  for (const terminal of terminals.splice(0)) await terminal.kill("SIGKILL");
  for (const root of roots.splice(0)) await runProgram(root, ["cancel"]);
});

function open(root: string, ...args: string[]): Terminal {
  const terminal = new Terminal(root, args);
  terminals.push(terminal);
  return terminal;
}

/** Two tasks that work until they may end, and one after them. The gate is a file outside every worktree. */
function makeRun(run: string): { root: string; letGo: () => void } {
  const gate = (root: string): string => join(root, ".git", "may-end");
  const root = workshop.repository({ goal: "to be seen", tasks: [] });
  const wait = `while [ ! -e '${gate(root)}' ]; do sleep 0.05; done`;
  const plan = {
    goal: "to be seen",
    tasks: [
      { id: "alpha", scope: ["alpha.txt"], run: `echo 'alpha says hello'; ${wait}; echo a > alpha.txt` },
      { id: "beta", scope: ["beta.txt"], run: `echo 'beta says hello'; ${wait}; echo b > beta.txt` },
      { id: "gamma", needs: ["alpha", "beta"], scope: ["gamma.txt"], run: "cat alpha.txt beta.txt > gamma.txt" },
    ],
  };
  writeFileSync(join(root, `${run}.json`), JSON.stringify(plan));
  roots.push(root);
  return { root, letGo: () => writeFileSync(gate(root), "") };
}

async function hostOf(root: string): Promise<number> {
  const { host } = await readStatus(root);
  if (host.pid === null) throw new Error("the run has no host");
  return host.pid;
}

const finished = (root: string) =>
  until("the end of the run", async () => {
    const status = await readStatus(root);
    return status.status === "succeeded" && !status.host.alive ? status : null;
  });

describe("the screen of a run", { timeout: 2 * PATIENCE_MS }, () => {
  it("answers to keys, is left without stopping the run, and is come back to", async () => {
    const { root, letGo } = makeRun("seen");
    const screen = open(root, "run", "seen.json", "--run-id", "seen");
    await screen.see(/● running .* alpha/);
    await screen.see(/● running .* beta/);
    expect(screen.isAlternate).toBe(true);
    screen.type("g");
    await screen.see(/❯● running .* alpha/);
    screen.type("j");
    await screen.see(/❯● running .* beta/);
    screen.type("\r");
    // Only this view has the hint; the output itself is on the overview as well.
    await screen.see("esc back");
    await screen.see("beta says hello");
    screen.type("\u001b");
    await screen.see("1 Streams & tasks");
    screen.type("k");
    await screen.see(/❯● running .* alpha/);
    screen.type("?");
    await screen.see("esc closes");
    screen.type("\u001b");
    await screen.seeGone("esc closes");
    screen.type("q");
    await screen.see("Run seen is live");
    screen.type("\u001b");
    await screen.seeGone("Run seen is live");
    screen.type("q");
    await screen.see("Run seen is live");
    screen.type("d");
    expect(await screen.exit).toMatchObject({ exitCode: 0 });
    expect(screen.listUnrestored()).toEqual([]);
    expect(screen.text).toContain("come back with: pleach attach seen");

    const pid = await hostOf(root);
    const again = open(root, "attach");
    await again.see(/● running .* alpha/);
    expect(await hostOf(root)).toBe(pid);
    again.type("q");
    await again.see("Run seen is live");
    again.type("d");
    await again.exit;
    letGo();
    const status = await finished(root);
    expect(status.host.epoch).toBe(1);
    expect(show(root, "gamma.txt", "seen")).toBe("a\nb\n");

    const last = open(root, "attach");
    await last.see("✔ succeeded");
    last.type("q");
    expect(await last.exit).toMatchObject({ exitCode: 0 });
    expect(last.listUnrestored()).toEqual([]);
    expect(last.text).toContain("run seen succeeded: 3 merged of 3 tasks");
  });

  it("says so when the run's host is killed, and resume carries on", async () => {
    const { root, letGo } = makeRun("orphaned");
    const screen = open(root, "run", "orphaned.json", "--run-id", "orphaned");
    await screen.see(/● running .* beta/);
    process.kill(await hostOf(root), "SIGKILL");
    await screen.see(/host gone|▲ stopped/);
    screen.type("q");
    expect(await screen.exit).toMatchObject({ exitCode: 130 });
    expect(screen.listUnrestored()).toEqual([]);
    expect(screen.text).toContain("pleach resume orphaned");
    letGo();
    const resumed = open(root, "resume");
    await resumed.see("✔ succeeded");
    resumed.type("q");
    expect(await resumed.exit).toMatchObject({ exitCode: 0 });
    const status = await finished(root);
    expect(status.host.epoch).toBe(2);
    expect(show(root, "gamma.txt", "orphaned")).toBe("a\nb\n");
    expect(await findProcesses({ run: "orphaned" })).toEqual([]);
  });

  it("leaves the run going when it is killed itself", async () => {
    const { root, letGo } = makeRun("alone");
    const screen = open(root, "run", "alone.json", "--run-id", "alone");
    await screen.see(/● running .* beta/);
    const pid = await hostOf(root);
    await screen.kill("SIGKILL");
    expect(await hostOf(root)).toBe(pid);
    letGo();
    const status = await finished(root);
    expect(status.recoveries).toBe(0);
  });

  it("stops the run when it is asked to, and the run can be resumed", async () => {
    const { root, letGo } = makeRun("stopped");
    const screen = open(root, "run", "stopped.json", "--run-id", "stopped");
    await screen.see(/● running .* beta/);
    screen.type("q");
    await screen.see("Run stopped is live");
    screen.type("s");
    expect(await screen.exit).toMatchObject({ exitCode: 130 });
    expect(screen.listUnrestored()).toEqual([]);
    await until("the host's end", async () => !(await readStatus(root)).host.alive);
    const status = await readStatus(root);
    expect(status.status).toBe("interrupted");
    expect(await findProcesses({ run: "stopped" })).toEqual([]);
    letGo();
    const { code } = await runProgram(root, ["resume"]);
    expect(code).toBe(0);
    expect(taskOf(await readStatus(root), "gamma").status).toBe("merged");
  });

  it("decides what waits for a person", async () => {
    const root = workshop.repository({ goal: "two in one file", tasks: [] }, { "list.txt": "end\n" });
    const add = (id: string) => ({ id, scope: ["list.txt"], run: `sleep 0.2; printf '%s\\nend\\n' ${id} > list.txt` });
    writeFileSync(
      join(root, "asked.json"),
      JSON.stringify({ goal: "two in one file", tasks: [add("one"), add("two")] }),
    );
    roots.push(root);
    const screen = open(root, "run", "asked.json", "--run-id", "asked");
    await screen.see("1 decision waits");
    screen.type("d");
    await screen.see(/❯1 +rerun/);
    screen.type("j");
    await screen.see(/❯2 +drop/);
    screen.type("\r");
    await screen.see(/✖ failed|✔ succeeded/);
    await until("the host's end", async () => !(await readStatus(root)).host.alive);
    const status = await readStatus(root);
    expect(status.conflicts).toMatchObject([{ kind: "merge", status: "applied", choice: "drop" }]);
    screen.type("q");
    expect(await screen.exit).toMatchObject({ exitCode: 1 });
    expect(screen.listUnrestored()).toEqual([]);
  });
});
