/** A person who takes a task over, works in its worktree, and gives it back; also over `kill -9`, and with what goes wrong. */
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { TakenPlace } from "../../src/protocol/commands.ts";
import { git, runProgram } from "../helpers/program.ts";
import { begin, fates, PATIENCE_MS, RUN, readEnd, readStatus, resume, show, taskOf, until, Workshop } from "./runs.ts";

const workshop = new Workshop("taking over");
afterAll(() => workshop.clean());

/** A run whose only task works until somebody stops it, with a file of its own half done. */
function beginLong(more: object = {}) {
  const root = workshop.repository({});
  const run = `echo half >> long.txt; touch '${root}/.git/at-work'; [ -e '${root}/.git/go' ] || sleep 600`;
  const task = { id: "long", scope: ["*.txt"], retries: 0, run, ...more };
  writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "taken over", tasks: [task] }));
  const going = begin(root);
  return { root, going, atWork: () => until("it at work", () => existsSync(join(root, ".git/at-work"))) };
}

async function takeOver(root: string): Promise<TakenPlace> {
  const { code, stdout, stderr } = await runProgram(root, ["takeover", "long", "--json"]);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { taken: TakenPlace }).taken;
}

describe("a task that a person takes over", { timeout: PATIENCE_MS }, () => {
  it("stays theirs over kill -9 and resume, and what they did is judged and merged as theirs", async () => {
    const { root, going, atWork } = beginLong();
    await atWork();
    const { path } = await takeOver(root);
    expect(await findProcesses({ run: RUN })).toEqual([]);
    const again = await runProgram(root, ["takeover", "long"]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("pleach giveback long")]);
    expect(taskOf(await readStatus(root), "long")).toMatchObject({ status: "takenOver", waitsFor: { kind: "person" } });
    writeFileSync(join(path, "mine.txt"), "by hand\n");
    process.kill((await readStatus(root)).host.pid as number, "SIGKILL");
    await going.ended;
    expect((await runProgram(root, ["doctor", "--fix"])).stdout).not.toContain(path);
    const resumed = resume(root);
    await until("it resumed", async () => (await readStatus(root)).host.alive);
    expect(taskOf(await readStatus(root), "long").status).toBe("takenOver");
    const given = await runProgram(root, ["giveback", "long"]);
    expect([given.code, given.stderr]).toEqual([0, ""]);
    const { status } = await resumed;
    expect(fates(status)).toEqual({ long: "merged" });
    expect([show(root, "long.txt"), show(root, "mine.txt")]).toEqual(["half\n", "by hand\n"]);
    const author = git(root, "log", "-1", "--format=%an <%ae>%n%(trailers:key=Pleach-Task,valueonly)", `pleach/${RUN}`);
    // As git names whoever runs the program.
    const me = execFileSync("git", ["var", "GIT_AUTHOR_IDENT"], { cwd: root, encoding: "utf8" }).replace(
      / \d+ \S+\n$/,
      "",
    );
    expect(author.trim()).toBe(`${me}\nlong`);
  });

  it("goes on as it was when what the person did is discarded, and that is saved", async () => {
    const { root, going, atWork } = beginLong();
    await atWork();
    const { path } = await takeOver(root);
    writeFileSync(join(path, "mine.txt"), "by hand\n");
    writeFileSync(join(path, "long.txt"), "spoilt\n");
    git(path, "checkout", "-q", "-b", "elsewhere");
    git(path, "add", "-A");
    git(path, "commit", "-q", "-m", "mine");
    writeFileSync(join(root, ".git/go"), "");
    const given = await runProgram(root, ["giveback", "long", "--discard"]);
    expect([given.code, given.stderr]).toEqual([0, ""]);
    const { status } = readEnd(await going.ended);
    expect([fates(status), taskOf(status, "long").attempts]).toEqual([{ long: "merged" }, 1]);
    expect(show(root, "long.txt")).toBe("half\nhalf\n");
    expect(git(root, "ls-tree", "--name-only", `pleach/${RUN}`)).not.toContain("mine.txt");
    expect(git(root, "show", `pleach-tasks/${RUN}/long/1-saved:mine.txt`)).toBe("by hand\n");
  });

  it("stays theirs when what they give back cannot be taken, and is told why", async () => {
    const { root, going, atWork } = beginLong();
    await atWork();
    const { path } = await takeOver(root);
    writeFileSync(join(path, "outside.md"), "no\n");
    const outside = await runProgram(root, ["giveback", "long"]);
    expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining("outside.md")]);
    rmSync(join(path, "outside.md"));
    rmSync(join(path, "long.txt"));
    const nothing = await runProgram(root, ["giveback", "long"]);
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("nothing is changed")]);
    expect(taskOf(await readStatus(root), "long").status).toBe("takenOver");
    rmSync(path, { recursive: true });
    const gone = await runProgram(root, ["giveback", "long"]);
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining("giveback long --discard")]);
    writeFileSync(join(root, ".git/go"), "");
    expect((await runProgram(root, ["giveback", "long", "--discard"])).stdout).toContain("begins anew");
    const { status } = readEnd(await going.ended);
    expect(fates(status)).toEqual({ long: "merged" });
    expect(show(root, "long.txt")).toBe("half\n");
  });

  it("is refused where there is nothing to take, or nobody has it", async () => {
    const { root, going, atWork } = beginLong();
    await atWork();
    const untaken = await runProgram(root, ["giveback", "long"]);
    expect([untaken.code, untaken.stderr]).toEqual([2, expect.stringContaining("in nobody's hands")]);
    const told = await runProgram(root, ["tell", "long", "faster"]);
    expect([told.code, told.stderr]).toEqual([2, expect.stringContaining("hears nothing")]);
    expect((await runProgram(root, ["stop", "long"])).code).toBe(0);
    await going.ended;
    const over = await runProgram(root, ["takeover", "long"]);
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("nobody carries on with run")]);
  });

  it("is asked about when what the person did conflicts with what was merged, and is kept", async () => {
    const root = workshop.repository({}, { "shared.txt": "first\n" });
    const wait = `touch '${root}/.git/at-work'; sleep 600`;
    const tasks = [
      { id: "long", scope: ["shared.txt"], run: wait, onConflict: "ask" },
      {
        ...{ id: "other", scope: ["shared.txt"] },
        run: `until [ -e '${root}/.git/taken' ]; do sleep 0.1; done; echo other > shared.txt`,
      },
    ];
    writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "conflict", concurrency: 2, tasks }));
    const going = begin(root);
    await until("it at work", () => existsSync(join(root, ".git/at-work")));
    const { path } = await takeOver(root);
    writeFileSync(join(path, "shared.txt"), "by hand\n");
    writeFileSync(join(root, ".git/taken"), "");
    await until("the other merged", async () => taskOf(await readStatus(root), "other").status === "merged");
    const given = await runProgram(root, ["giveback", "long"]);
    expect([given.code, given.stderr]).toEqual([0, ""]);
    // Nobody answers: the run ends and waits for its person.
    const { end, status } = readEnd(await going.ended);
    expect([end.code, taskOf(status, "long").status, taskOf(status, "other").status]).toEqual([3, "waiting", "merged"]);
    expect(status.conflicts.map(({ task, files }) => [task, files])).toEqual([["long", ["shared.txt"]]]);
    expect(show(root, "shared.txt")).toBe("other\n");
    expect(git(path, "show", "HEAD:shared.txt")).toBe("by hand\n");
  });
});
