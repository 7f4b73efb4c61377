/** Two commands that change the same line: the second waits for a person, who answers with and without a host. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { pleach, readDocument, readError, readEvents, type Said, start } from "./program.ts";
import { git, makeRepository, planText } from "./repositories.ts";

/** Both append to one file; the later one is only started once the earlier one is at work, so neither sees the other. */
const PLAN = planText(
  ["left", "right"].map((id) => ({
    id,
    run: `touch "$BARRIER/${id}"; while ! test -f "$BARRIER/left" || ! test -f "$BARRIER/right"; do sleep 0.02; done; echo ${id} >> list.txt`,
    more: ["scope: [list.txt]", "onConflict: ask"],
  })),
  ["concurrency: 2"],
);

/** A run that waits: the repository, what the run said, and the id of the conflict. */
async function makeWaiting(): Promise<{ root: string; said: Said; conflict: string }> {
  const root = makeRepository({ "list.txt": "start\n" });
  writeFileSync(join(root, "plan.md"), PLAN.replaceAll("$BARRIER", join(root, "..")));
  const said = await pleach(root, "run", "plan.md", "--json", "--run-id", "asked", "--no-learn");
  const { status } = readEvents(said, "run.waiting");
  return { root, said, conflict: status.conflicts[0]?.id ?? "none" };
}

const countEpochs = (root: string): number =>
  readdirSync(join(root, ".ce-workspace/asked/log")).filter((name) => name.endsWith(".jsonl")).length;

describe("a conflict of two commands", () => {
  it("waits for a person, and without a host the answer is recorded for resume; both changes are in then", async () => {
    const { root, said, conflict } = await makeWaiting();
    expect(said.code, said.stderr).toBe(3);
    expect(readDocument<StatusDocument>("status", await pleach(root, "status", "--json"))).toMatchObject({
      status: "waiting",
      conflicts: [
        {
          kind: "merge",
          status: "open",
          files: ["list.txt"],
          choices: [{ name: "rerun" }, { name: "drop" }],
          choice: null,
        },
      ],
    });
    const asked = await pleach(root, "decide", "--json");
    expect(asked.code).toBe(3);
    expect(readDocument("decide", asked)).toMatchObject({ run: "asked", conflicts: [{ id: conflict }] });
    const words = await pleach(root, "decide");
    expect(words.code).toBe(3);
    expect(words.stdout).toContain(`pleach decide asked ${conflict}`);

    const epochs = countEpochs(root);
    expect(readError(await pleach(root, "decide", "nothing", "rerun", "--json"), 2).error).toMatchObject({
      code: "usage.unknownConflict",
      hint: expect.stringContaining(conflict),
    });
    expect(readError(await pleach(root, "decide", "asked", conflict, "ignore", "--json"), 2).error).toMatchObject({
      code: "usage.unknownChoice",
      hint: expect.stringContaining("rerun"),
    });
    expect(countEpochs(root)).toBe(epochs);

    const decided = await pleach(root, "decide", conflict, "rerun", "--json");
    expect(decided.code, decided.stderr).toBe(0);
    expect(readDocument("decide", decided)).toMatchObject({
      conflict,
      choice: "rerun",
      ok: true,
      message: expect.stringContaining("pleach resume asked"),
    });
    expect(readError(await pleach(root, "decide", conflict, "drop", "--json"), 2).error.code).toBe(
      "usage.decidedBefore",
    );
    expect((await pleach(root, "decide")).code).toBe(0);

    const resumed = await pleach(root, "resume", "--json", "--no-learn");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readEvents(resumed, "run.finished").status).toMatchObject({
      status: "succeeded",
      conflicts: [{ status: "applied", choice: "rerun" }],
    });
    expect(git(root, "show", "pleach/asked:list.txt").split("\n").toSorted()).toEqual(["left", "right", "start"]);
    expect(readDocument("replay", await pleach(root, "replay", "--verify", "--json"))).toMatchObject({
      verified: true,
    });
  }, 60_000);

  it("is answered through a host that stays, which then goes on by itself", async () => {
    const { root, conflict } = await makeWaiting();
    // What a screen starts: it stays while it waits.
    const host = start(["host", "asked", "--no-learn"], { cwd: root });
    while (!existsSync(join(root, ".ce-workspace/asked/log/2.jsonl")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    let decided = await pleach(root, "decide", conflict, "drop", "--json");
    // The epoch is there a moment before the door is.
    while (decided.stdout.includes("run.busy")) decided = await pleach(root, "decide", conflict, "drop", "--json");
    expect(decided.code, decided.stdout).toBe(0);
    const ended = await host.ended;
    expect(ended.code, ended.stderr).toBe(1);
    const status = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(status.status).toBe("partial");
    expect(status.tasks.map((task) => task.status).toSorted()).toEqual(["failed", "merged"]);
    expect(git(root, "show", "pleach/asked:list.txt").split("\n")).toHaveLength(2);
  }, 60_000);

  it("can be cancelled instead", async () => {
    const { root } = await makeWaiting();
    const said = await pleach(root, "cancel");
    expect(said.code, said.stderr).toBe(0);
    expect(said.stdout).toMatch(/run asked cancelled: 1 merged, 1 cancelled of 2 tasks/);
    expect(readDocument("status", await pleach(root, "status", "--json"))).toMatchObject({ status: "cancelled" });
    expect(git(root, "worktree", "list").split("\n")).toHaveLength(1);
  }, 60_000);

  it("waits for nobody any more once its run was cancelled", async () => {
    const { root, conflict } = await makeWaiting();
    const cancelled = await pleach(root, "cancel");
    expect(cancelled.code, cancelled.stderr).toBe(0);
    const status = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(status).toMatchObject({ status: "cancelled", conflicts: [{ status: "applied", choice: null }] });
    expect((await pleach(root, "decide")).stdout).toBe("nothing in run asked waits for a decision\n");
    expect(readError(await pleach(root, "decide", "asked", conflict, "rerun", "--json"), 2).error).toMatchObject({
      code: "usage.decidedBefore",
      message: `conflict ${conflict} ended with its task, undecided`,
    });
  }, 60_000);
});

describe("pleach decide with answers on stdin", () => {
  it.each(["echo asked-1 rerun |", "printf 'y\\n' |"])(
    "refuses what it would lose, and says how it is done: %s",
    async (pipe) => {
      const through = ["sh", "-c", `${pipe} "$@"`, "sh"];
      const said = await start(["decide", "--json"], { cwd: makeRepository({}), through }).ended;
      expect(readError(said, 2).error).toMatchObject({
        code: "usage.inputIgnored",
        hint: expect.stringContaining("pleach decide CONFLICT CHOICE"),
      });
    },
  );

  it("waits for nobody who gives none", async () => {
    const through = ["sh", "-c", 'sleep 30 | { "$@"; kill $$; }', "sh"];
    const said = await start(["decide", "--json"], { cwd: makeRepository({}), through }).ended;
    expect(JSON.parse(said.stdout).error.code).toBe("run.notFound");
  });
});
