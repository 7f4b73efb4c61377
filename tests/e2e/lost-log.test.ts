/** A run whose log is taken away under it, as `git clean -x` in the checkout does: what is said, and what is still there. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { git, runProgram } from "../helpers/program.ts";
import { begin, PATIENCE_MS, RUN, readStatus, taskOf, until, Workshop } from "./runs.ts";

const workshop = new Workshop("lost log");
afterAll(() => workshop.clean());

const CLEANERS = ["git clean -fdxq", "git clean -ffdxq", "mv .ce-workspace .git/moved"];

it.each(CLEANERS)(
  "stops, says what happened and how to go on, and loses no merged work: %s",
  { timeout: PATIENCE_MS },
  async (clean) => {
    const root = workshop.repository({});
    const plan = {
      goal: "cleaned",
      tasks: [
        { id: "one", scope: ["one.txt"], run: "echo 1 > one.txt" },
        {
          id: "two",
          needs: ["one"],
          run: `touch '${root}/.git/busy'; while [ ! -e '${root}/.git/go' ]; do sleep 0.05; done; echo 2 > two.txt`,
        },
        { id: "three", needs: ["two"], run: "sleep 600" },
      ],
    };
    writeFileSync(join(root, "plan.json"), JSON.stringify(plan));
    git(root, "add", "-A");
    git(root, "commit", "-qm", "plan");
    const going = begin(root);
    await until("the second task is at work", async () => {
      if (!existsSync(join(root, ".git/busy"))) return false;
      return taskOf(await readStatus(root), "one").status === "merged";
    });
    // What the host writes meanwhile may stand in the way of the first.
    git(root, "-c", `alias.spoil=!${clean} || ${clean}`, "spoil");
    writeFileSync(join(root, ".git/go"), "");
    const end = await going.ended;
    expect(end.code, end.stdout).toBe(4);
    const said = JSON.parse(end.stdout.trimEnd().split("\n").at(-1) ?? "") as {
      error: { code: string; message: string; hint: string };
    };
    expect(said.error.code).toBe("log.gone");
    expect(said.error.message).toContain(`the log of run ${RUN} was moved or removed`);
    expect(said.error.hint).toContain(`git merge pleach/${RUN}`);
    expect(git(root, "show", `pleach/${RUN}:one.txt`)).toBe("1\n");
    expect(await findProcesses({ run: RUN })).toEqual([]);
    const again = await runProgram(root, ["resume", RUN]);
    expect(again.stderr).toContain(`git merge pleach/${RUN}`);
    git(root, "merge", "-q", `pleach/${RUN}`);
    expect(readFileSync(join(root, "one.txt"), "utf8")).toBe("1\n");
  },
);
