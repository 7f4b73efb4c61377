/** On a terminal a goal is begun only after a person said yes. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { runProgram } from "../helpers/program.ts";
import { PATIENCE_MS, Workshop } from "./runs.ts";
import { Terminal } from "./terminal.ts";

const workshop = new Workshop("goal");
afterAll(() => workshop.clean());

const opened: { root: string; terminal: Terminal }[] = [];
afterEach(async () => {
  for (const { root, terminal } of opened.splice(0)) {
    await terminal.kill("SIGKILL");
    await runProgram(root, ["cancel", "--trust"]);
  }
});

/** `pleach run` with a goal in a repository whose agent works until it is stopped. */
function open(...args: string[]): { root: string; terminal: Terminal } {
  const root = workshop.repository({ goal: "none", tasks: [] });
  const mine = { kind: "command", command: "sleep", args: ["60"] };
  writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents: { mine }, agent: "mine", budget: { usd: 3 } }));
  const terminal = new Terminal(root, ["run", "make it faster", "--trust", ...args]);
  opened.push({ root, terminal });
  return { root, terminal };
}

const IDENTITY = ["-c", "user.name=Tess Ter", "-c", "user.email=tess@example.org"];

const hasRun = (root: string): boolean => existsSync(join(root, ".ce-workspace"));

describe("a goal on a terminal", { timeout: 2 * PATIENCE_MS }, () => {
  it("is told in full before the question; anything but yes starts nothing", async () => {
    const { root, terminal } = open();
    await terminal.see("start? [y/N]");
    expect(terminal.text).toMatch(/goal: make it faster\n +plan +mine plans it.*4 at once/);
    expect(terminal.text).toContain("3 USD (soft)");
    terminal.type("\r");
    expect((await terminal.exit).exitCode).toBe(130);
    expect(terminal.text).toContain("nothing was started");
    expect(hasRun(root)).toBe(false);
  });

  it("is left by Ctrl-C", async () => {
    const { root, terminal } = open();
    await terminal.see("start? [y/N]");
    terminal.type("\u0003");
    expect((await terminal.exit).exitCode).toBe(130);
    expect(hasRun(root)).toBe(false);
  });

  it("is begun by yes, and the screen gets the keys from then on", async () => {
    const { root, terminal } = open("--run-id", "said-yes");
    await terminal.see("start? [y/N]");
    terminal.type("y\r");
    await terminal.see(/● running .*Plan: make/);
    expect(hasRun(root)).toBe(true);
    terminal.type("q");
    await terminal.see("Run said-yes is live");
    terminal.type("d");
    expect(await terminal.exit).toMatchObject({ exitCode: 0 });
    expect(terminal.listUnrestored()).toEqual([]);
  });

  it("is begun without a question with --yes", async () => {
    const { root, terminal } = open("--yes", "--no-tui");
    await terminal.see(/plan +started/);
    expect(terminal.text).not.toContain("start?");
    expect(hasRun(root)).toBe(true);
  });

  it("is told that nothing checks what is made, and sets the project up first where a person wants that", async () => {
    const root = workshop.repository({ goal: "none", tasks: [] });
    writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { test: "node --version" } }));
    execFileSync("git", ["add", "package.json"], { cwd: root });
    execFileSync("git", [...IDENTITY, "commit", "-qm", "package"], { cwd: root });
    const programs = join(root, "../programs");
    mkdirSync(programs);
    writeFileSync(join(programs, "claude"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const PATH = `${programs}:${process.env.PATH}`;
    const terminal = new Terminal(root, ["run", "make it faster"], { PATH });
    opened.push({ root, terminal });
    await terminal.see("set the project up first? [Y/n]");
    expect(terminal.text).toContain("no gates: nothing checks what is made");
    expect(terminal.text).toContain("test: npm test");
    terminal.type("\r");
    await terminal.see("before it is written? [Y/n]");
    terminal.type("y\r");
    await terminal.see("start? [y/N]");
    expect(terminal.text).toContain("test passed");
    expect(terminal.text).toMatch(/gates +test\n/);
    expect(readFileSync(join(root, "pleach.yaml"), "utf8")).toMatch(/^agent: claude$/m);
    terminal.type("n\r");
    expect((await terminal.exit).exitCode).toBe(130);
  });
});
