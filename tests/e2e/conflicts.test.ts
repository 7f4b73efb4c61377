/** Two tasks that change the same lines: who is run again, who waits for a person, and what the person's word does. */
import { afterAll, describe, expect, it } from "vitest";
import { git, runProgram } from "../helpers/program.ts";
import { carryOut, meet, PATIENCE_MS, RUN, readStatus, resume, show, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("conflicts");
afterAll(() => workshop.clean());

const commands = {
  goal: "one line, two writers",
  tasks: ["one", "two"].map((id) => ({ id, scope: ["list.txt"], run: `${meet(2)}; echo ${id} >> list.txt` })),
};
const files = { "list.txt": "begin\n" };

describe("two commands that change the same line", { timeout: PATIENCE_MS }, () => {
  it("wait for a person: exit 3, and the status shows the choices", async () => {
    const root = workshop.repository(commands, files);
    const { end, status, events } = await carryOut(root);
    expect(end.code, end.stderr).toBe(3);
    expect(events.at(-1)?.type).toBe("run.waiting");
    expect(status.status).toBe("waiting");
    expect(status.tasks.map(({ status: state }) => state).sort()).toEqual(["merged", "waiting"]);
    expect(status.conflicts).toHaveLength(1);
    const [conflict] = status.conflicts;
    expect(conflict).toMatchObject({ kind: "merge", status: "open", choice: null, files: ["list.txt"] });
    expect(conflict?.choices.map(({ name }) => name)).toEqual(["rerun", "drop"]);

    const said = await runProgram(root, ["status"]);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain(`pleach decide ${RUN} ${conflict?.id} rerun|drop`);
    const asked = await runProgram(root, ["decide"]);
    expect(asked.code).toBe(3);
    const wrong = await runProgram(root, ["decide", String(conflict?.id), "ours"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("rerun, drop");

    const waiting = await resume(root);
    expect(waiting.end.code).toBe(3);

    const decided = await runProgram(root, ["decide", String(conflict?.id), "rerun"]);
    expect(decided.code, decided.stderr).toBe(0);
    const after = await resume(root);
    expect(after.end.code, after.end.stdout.slice(-2000)).toBe(0);
    expect(show(root, "list.txt").split("\n").slice(0, 3).sort()).toEqual(["begin", "one", "two"]);
    expect(after.status.conflicts).toMatchObject([{ status: "applied", choice: "rerun" }]);
  });

  it("one is given up when the person says so, and its commit stays on its branch", async () => {
    const root = workshop.repository(commands, files);
    const { status } = await carryOut(root);
    const { id = "", task = "" } = status.conflicts[0] ?? {};
    await runProgram(root, ["decide", id, "drop"]);
    const after = await resume(root);
    expect(after.end.code).toBe(1);
    expect(taskOf(after.status, task).status).toBe("failed");
    const branch = git(root, "branch", "--list", `pleach-tasks/${RUN}/${task}/*`)
      .replace(/^[+* ]+/gm, "")
      .trim();
    expect(git(root, "show", `${branch}:list.txt`)).toBe(`begin\n${task}\n`);
    expect(show(root, "list.txt")).not.toContain(task);
  });
});

describe("many commands that change the same line and may be run again", { timeout: PATIENCE_MS }, () => {
  it("are all merged, one after the other, none run more than twice", async () => {
    const ids = Array.from({ length: 8 }, (_, at) => `t${at}`);
    const tasks = ids.map((id) => ({
      id,
      scope: ["list.txt"],
      onConflict: "rerun",
      // All of the first attempts know nothing of each other.
      run: `${meet(8)}; echo ${id} >> list.txt`,
    }));
    const root = workshop.repository({ goal: "a crowd", concurrency: 8, tasks }, files);
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(status.conflicts).toEqual([]);
    expect(status.tasks.map(({ attempts }) => attempts).sort()).toEqual([1, ...Array<number>(7).fill(2)]);
    expect(show(root, "list.txt").trim().split("\n").sort()).toEqual(["begin", ...ids]);
  });
});

describe("an agent that is run again and removes what was merged meanwhile", { timeout: PATIENCE_MS }, () => {
  const adder = {
    id: "adder",
    agent: "scripted",
    scope: ["list.txt"],
    script: [{ run: meet(2) }, { append: "list.txt", content: "added\n" }],
  };
  // Writes the whole file as it knew it, and is late, so that the other is merged first.
  const writer = {
    id: "writer",
    agent: "scripted",
    scope: ["list.txt"],
    script: [
      {
        run: `${meet(2)}; until git cat-file -e refs/heads/pleach/${RUN}:list.txt && git show pleach/${RUN}:list.txt | grep -q added; do sleep 0.05; done`,
      },
      { write: "list.txt", content: "begin\nwritten\n" },
    ],
  };
  const plan = { goal: "careless", tasks: [adder, writer] };

  it("waits for a person, who may take its work as it is", async () => {
    const root = workshop.repository(plan, files);
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(3);
    expect(taskOf(status, "writer")).toMatchObject({ status: "waiting", attempts: 2 });
    expect(status.conflicts).toHaveLength(1);
    const [conflict] = status.conflicts;
    expect(conflict).toMatchObject({
      task: "writer",
      status: "open",
      files: ["list.txt"],
      why: expect.stringMatching(/removes lines/),
    });
    expect(conflict?.choices.map(({ name }) => name)).toContain("accept");
    expect(show(root, "list.txt")).toBe("begin\nadded\n");
    await runProgram(root, ["decide", String(conflict?.id), "accept"]);
    const after = await resume(root);
    expect(after.end.code, after.end.stdout.slice(-2000)).toBe(0);
    expect(show(root, "list.txt")).toBe("begin\nwritten\n");
    expect(git(root, "rev-list", "--count", `main..pleach/${RUN}`).trim()).toBe("2");
  });

  it("can be given up instead, and nothing that was merged is lost", async () => {
    const root = workshop.repository(plan, files);
    const { status } = await carryOut(root);
    await runProgram(root, ["decide", String(status.conflicts[0]?.id), "drop"]);
    const after = await resume(root);
    expect(after.end.code).toBe(1);
    expect(show(root, "list.txt")).toBe("begin\nadded\n");
    expect((await readStatus(root)).conflicts).toMatchObject([{ status: "applied", choice: "drop" }]);
  });
});
