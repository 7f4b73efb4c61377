/** A whole run of the built program with real agents, killed in the middle: nothing outlives it, and it comes to its end. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { begin, fates, RUN, resume, Workshop } from "../e2e/runs.ts";
import { git } from "../helpers/program.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

const workshop = new Workshop("real agents");
let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(async () => {
  await service.close();
  workshop.clean();
});

const isThere = isTried("claude") && isTried("codex");

describe.runIf(isThere)("a run with Claude and Codex", { timeout: 120_000 }, () => {
  it("that is killed leaves no agent behind when it goes on, and merges what both wrote", async () => {
    const claude = realEntry("claude", service.url);
    const codex = realEntry("codex", service.url);
    const agents = { claude: claude.entry, codex: codex.entry };
    // Long enough to be killed in the midst of it on a machine that has other things to do.
    const slowly = { text: "I take my time with this, piece by piece by piece.", pauseMs: 1_500 };
    const task = (agent: string) => ({
      id: agent,
      agent,
      scope: [`${agent}.txt`],
      gates: ["there"],
      instruction: service.say(
        { ...slowly, write: { path: `${agent}.txt`, content: `by ${agent}\n` } },
        { text: "Done." },
      ),
    });
    const plan = {
      goal: "two files",
      gates: { there: { run: "ls *.txt", required: true } },
      tasks: [task("claude"), task("codex")],
    };
    const root = workshop.repository(plan, { "pleach.yaml": JSON.stringify({ agents }) });
    const underWay = service.nextAnswer();
    const { child, ended } = begin(root);
    await underWay;
    expect((await findProcesses({ run: RUN })).length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await ended;
    const { end, status } = await resume(root);
    expect(fates(status), end.stdout.slice(-3_000)).toEqual({ claude: "merged", codex: "merged" });
    expect(await findProcesses({ run: RUN })).toEqual([]);
    const shown = (name: string) => git(root, "show", `pleach/${RUN}:${name}.txt`);
    expect([shown("claude"), shown("codex")]).toEqual(["by claude\n", "by codex\n"]);
    expect(status.cost.usd).toBeGreaterThan(0);
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" })).not.toContain(".txt");
    for (const { home } of [claude, codex]) rmSync(home, { recursive: true, force: true });
  });
});
