/** A run that a person gives up: what was merged stays, what was under way is stopped and kept, nothing goes on. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { git, runProgram } from "../helpers/program.ts";
import {
  begin,
  fates,
  PATIENCE_MS,
  RUN,
  readEnd,
  readIf,
  readLog,
  readStatus,
  seqOf,
  show,
  taskOf,
  until,
  Workshop,
  worktreeOf,
} from "./runs.ts";

const workshop = new Workshop("cancel");
afterAll(() => workshop.clean());

describe("a run that is cancelled", { timeout: PATIENCE_MS }, () => {
  const plan = (root: string): object => ({
    goal: "cancelled",
    concurrency: 3,
    tasks: [
      { id: "merged", scope: ["merged.txt"], run: "echo 1 > merged.txt" },
      { id: "busy", scope: ["busy.txt"], run: `echo 'half done' > busy.txt; touch '${root}/.git/busy'; sleep 600` },
      { id: "empty", scope: ["empty.txt"], run: `touch '${root}/.git/empty'; sleep 600` },
      { id: "later", needs: ["busy"], run: "true" },
    ],
  });

  it.each(["base", "merged tree"])("does not wait for the gates of the %s, and runs none any more", async (where) => {
    const root = workshop.repository({});
    // A gate that never ends by itself; on the merged tree, there is the file of a task.
    const run = `${where === "base" ? "true" : "test ! -e one.txt ||"} { echo >> '${root}/.git/gates'; sleep 600; }`;
    const task = (id: string) => ({ id, run: `echo 1 > ${id}.txt` });
    const gates = { slow: { run: run.replace(/^true /, ""), required: true, timeout: "20m" } };
    writeFileSync(
      join(root, "plan.json"),
      JSON.stringify({ goal: "g", gates, tasks: [task("one"), task("one-more")] }),
    );
    const going = begin(root);
    await until("a gate at work", async () => existsSync(join(root, ".git/gates")));
    expect((await runProgram(root, ["cancel"])).code).toBe(0);
    const { status } = readEnd(await going.ended);
    expect(status.status).toBe("cancelled");
    expect(readIf(join(root, ".git/gates"))).toBe("\n");
    expect(await findProcesses({ run: RUN })).toEqual([]);
  });

  it("leaves no process, keeps what was merged, and loses no work", async () => {
    const root = workshop.repository({});
    writeFileSync(join(root, "plan.json"), JSON.stringify(plan(root)));
    const going = begin(root);
    await until("two tasks at work and one merged", async () => {
      if (!existsSync(join(root, ".git/busy")) || !existsSync(join(root, ".git/empty"))) return false;
      return taskOf(await readStatus(root), "merged").status === "merged";
    });
    const cancel = await runProgram(root, ["cancel"]);
    expect(cancel.code, cancel.stderr).toBe(0);
    const { end, status } = readEnd(await going.ended);
    expect(end.code).toBe(1);
    expect(status.status).toBe("cancelled");
    expect(fates(status)).toEqual({ merged: "merged", busy: "cancelled", empty: "cancelled", later: "cancelled" });
    expect(await findProcesses({ run: RUN })).toEqual([]);
    expect(show(root, "merged.txt")).toBe("1\n");
    // The work under way is still there: in its worktree, or on a branch.
    const held = worktreeOf(root, "busy");
    const branch = git(root, "branch", "--list", `pleach-tasks/${RUN}/busy/*`)
      .replace(/^[+* ]+/gm, "")
      .trim();
    const kept = held === null ? git(root, "show", `${branch}:busy.txt`) : readIf(join(held, "busy.txt"));
    expect(kept).toBe("half done\n");
    expect((await runProgram(root, ["status"])).stdout).toContain("next   pleach recover\n");
    expect((await runProgram(root, ["recover"])).stdout).toContain("busy.txt");
    // What held nothing is gone.
    expect(worktreeOf(root, "empty")).toBeNull();
    expect(git(root, "status", "--porcelain")).toBe("?? plan.json\n");
    const again = await runProgram(root, ["resume"]);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain("is over");
  });

  it("can be cancelled after its host was interrupted", async () => {
    const root = workshop.repository({});
    const run = `test ! -e merged.txt || { echo >> '${root}/.git/gates'; sleep 600; }`;
    const gates = { slow: { run, required: true, timeout: "20m" } };
    writeFileSync(join(root, "plan.json"), JSON.stringify({ ...plan(root), gates }));
    const going = begin(root);
    await until("a task and a gate at work", async () =>
      ["busy", "gates"].every((name) => existsSync(join(root, ".git", name))),
    );
    going.child.kill("SIGINT");
    const interrupted = readEnd(await going.ended);
    expect(interrupted.end.code).toBe(130);
    expect(interrupted.events.at(-1)?.type).toBe("run.interrupted");
    expect(await findProcesses({ run: RUN })).toEqual([]);
    const cancel = await runProgram(root, ["cancel"]);
    expect(cancel.code, cancel.stderr).toBe(0);
    expect((await readStatus(root)).status).toBe("cancelled");
    expect(await findProcesses({ run: RUN })).toEqual([]);
    expect(seqOf(readLog(root), "later", "task.started")).toBe(Number.POSITIVE_INFINITY);
    // It is ended by what is recorded: the gate of what waits in the queue is not begun again.
    expect(readIf(join(root, ".git/gates"))).toBe("\n");
  });
});
