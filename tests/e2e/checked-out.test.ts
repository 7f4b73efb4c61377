/** A person who looks at the run's branch by checking it out keeps their files: merging waits. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, makeRepository, runProgram, scratchFolder, startProgram } from "../helpers/program.ts";

const PLAN = `goal: look on
tasks:
  - {id: first, scope: [a.txt], run: "echo a > a.txt"}
  - {id: second, needs: [first], scope: [b.txt], run: 'while [ ! -e "$(git rev-parse --git-common-dir)/../go" ]; do sleep 0.05; done; echo b > b.txt'}
`;

type Started = ReturnType<typeof startProgram>;

describe("a run whose branch is checked out", () => {
  const scratch = scratchFolder("pleach checked out");
  afterAll(scratch.remove);

  /** A run whose merging waits, since somebody looks at its branch, which is at `before`. */
  async function waitForCheckout(run: string): Promise<{ root: string; started: Started; before: string }> {
    const root = join(scratch.path, run);
    makeRepository(root, { "plan.yaml": PLAN, ".gitignore": "go\n" });
    const started = startProgram(root, ["run", "plan.yaml", "--run-id", run, "--no-tui", "--no-learn"]);
    let said = "";
    started.child.stdout?.on("data", (chunk: string) => {
      said += chunk;
    });
    const saw = async (words: string): Promise<void> => {
      while (!said.includes(words)) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await saw("second           started");
    git(root, "checkout", "-q", `pleach/${run}`);
    const before = git(root, "rev-parse", "HEAD");
    writeFileSync(join(root, "go"), "");
    await saw("merging waits");
    return { root, started, before };
  }

  it("waits with merging, says so, and goes on after a stop once it is not", { timeout: 60_000 }, async () => {
    const { root, started, before } = await waitForCheckout("seen");
    expect(git(root, "rev-parse", "pleach/seen")).toBe(before);
    expect(git(root, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("a\n");
    started.child.kill("SIGINT");
    expect((await started.ended).code).toBe(130);
    expect(git(root, "rev-parse", "pleach/seen"), "stopping does not move it either").toBe(before);
    git(root, "checkout", "-q", "main");
    expect((await runProgram(root, ["resume", "--no-tui", "--no-learn"])).code).toBe(0);
    expect(git(root, "show", "pleach/seen:b.txt")).toBe("b\n");
    expect(JSON.parse((await runProgram(root, ["status", "--json"])).stdout).warnings.join()).toContain(
      "merging waits",
    );
  });

  it("can be cancelled while merging waits: the branch stays where it is", { timeout: 60_000 }, async () => {
    const { root, started, before } = await waitForCheckout("left");
    expect((await runProgram(root, ["cancel"])).code).toBe(0);
    expect((await started.ended).code).toBe(1);
    expect(JSON.parse((await runProgram(root, ["status", "--json"])).stdout)).toMatchObject({
      status: "cancelled",
      tasks: [{ status: "merged" }, { status: "cancelled" }],
    });
    expect(git(root, "rev-parse", "pleach/left")).toBe(before);
  });
});
