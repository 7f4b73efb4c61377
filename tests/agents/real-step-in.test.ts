/** A person steps into the work of real agents: tells them, lets them pause, and opens their very session to go on themselves. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { TakenPlace } from "../../src/protocol/commands.ts";
import { begin, fates, RUN, readEnd, readIf, readStatus, show, taskOf, until, Workshop } from "../e2e/runs.ts";
import { git, programEnv, runProgram } from "../helpers/program.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, type ProgramId } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

const workshop = new Workshop("stepping in on real agents");
let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(async () => {
  await service.close();
  workshop.clean();
});

const tried = (["claude", "codex"] satisfies ProgramId[]).filter(isTried);

/** A run whose only task has written its first file, and takes its time before the second. */
async function beginSlowly(id: ProgramId) {
  const { home, entry } = realEntry(id, service.url);
  const instruction = service.say(
    { text: "I begin.", write: { path: "one.txt", content: "one\n" } },
    { text: "I take my time. ".repeat(8), pauseMs: 400, run: "true" },
    { text: "I go on.", write: { path: "two.txt", content: "two\n" } },
    { text: "Done." },
  );
  const plan = { goal: "two files", tasks: [{ id: "work", agent: id, instruction }] };
  const root = workshop.repository(plan, { "pleach.yaml": JSON.stringify({ agents: { [id]: entry } }) });
  const { ended } = begin(root);
  await until("the first file", () =>
    [...git(root, "worktree", "list", "--porcelain").matchAll(/^worktree (.*)$/gm)].some(([, path = ""]) =>
      existsSync(join(path, "one.txt")),
    ),
  );
  return { root, ended, home, entry, clean: () => rmSync(home, { recursive: true, force: true }) };
}

async function step(root: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(root, args);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Both programs keep a file for each session. */
const sessionsIn = (home: string): string[] =>
  readdirSync(home, { recursive: true, encoding: "utf8" }).filter((file) =>
    /^(projects|sessions)\/.*\.jsonl$/.test(file),
  );

const asked = (words: string): number => service.heard().filter((text) => text.includes(words)).length;

describe.runIf(tried.length > 0).each(tried)("%s, into whose work a person steps", { timeout: 180_000 }, (id) => {
  it("hears at once what it is told while it works", async () => {
    const { root, ended, clean } = await beginSlowly(id);
    expect(await step(root, "tell", "work", `mind the gap, ${id}`)).toContain("hears it now");
    const { end, status } = readEnd(await ended);
    expect(fates(status), end.stderr).toEqual({ work: "merged" });
    expect(asked(`mind the gap, ${id}`)).toBeGreaterThan(0);
    expect([show(root, "one.txt"), show(root, "two.txt")]).toEqual(["one\n", "two\n"]);
    clean();
  });

  it("ends when it is to pause, and goes on in its session", async () => {
    const { root, ended, home, clean } = await beginSlowly(id);
    await step(root, "pause", "work");
    await until("nobody at work", async () => (await findProcesses({ run: RUN, task: "work" })).length === 0);
    expect(taskOf(await readStatus(root), "work").status).toBe("paused");
    await step(root, "continue", "work");
    const { end, status } = readEnd(await ended);
    expect(fates(status), end.stderr).toEqual({ work: "merged" });
    expect(taskOf(status, "work").attempts).toBe(1);
    expect(sessionsIn(home)).toHaveLength(1);
    clean();
  });

  it("is opened in its worktree by the command that is told, and what came of it is merged as the person's", async () => {
    const { root, ended, entry, clean } = await beginSlowly(id);
    const { taken } = JSON.parse(await step(root, "takeover", "work", "--json")) as { taken: TakenPlace };
    expect(await findProcesses({ run: RUN, task: "work" })).toEqual([]);
    const [file = "", ...opening] = taken.open ?? [];
    expect(opening).toContain(taken.session);
    const words = service.say(
      { text: "Yes.", write: { path: "asked.txt", content: "asked by hand\n" } },
      { text: "So." },
    );
    // As it is opened, but for one answer without a terminal.
    const once =
      id === "codex"
        ? [...opening.toSpliced(opening.indexOf("resume"), 0, "exec", "-s", "danger-full-access"), words]
        : [...opening, "--permission-mode", "acceptEdits", "-p", words];
    await promisify(execFile)(file, once, { cwd: taken.path, env: programEnv(entry.env) });
    expect(readIf(join(taken.path, "asked.txt"))).toBe("asked by hand\n");
    writeFileSync(join(taken.path, "mine.txt"), "by hand\n");
    await step(root, "giveback", "work");
    const { end, status } = readEnd(await ended);
    expect(fates(status), end.stderr).toEqual({ work: "merged" });
    expect([show(root, "one.txt"), show(root, "asked.txt"), show(root, "mine.txt")]).toEqual([
      "one\n",
      "asked by hand\n",
      "by hand\n",
    ]);
    expect(git(root, "ls-tree", "--name-only", `pleach/${RUN}`)).not.toContain("two.txt");
    clean();
  });
});
