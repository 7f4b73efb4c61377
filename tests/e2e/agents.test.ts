/** Real agents inside a run, played from recordings: a refused key, a denied change, a killed host, and what they cost. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { PLAYER, playOf } from "../agents/plays.ts";
import { begin, carryOut, fates, PATIENCE_MS, RUN, readLog, resume, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("agents");
afterAll(() => workshop.clean());

const played = (kind: string, play: string, more: Record<string, string> = {}) => ({
  kind,
  command: PLAYER,
  env: { AGENT_PLAY: play, ...more },
});

function repository(agents: object, tasks: object[]): string {
  const plan = {
    goal: "work with agents",
    concurrency: 1,
    tasks: tasks.map((task) => ({ instruction: "Do it.", ...task })),
  };
  return workshop.repository(plan, { "pleach.yaml": JSON.stringify({ agents }) });
}

const exitsOf = (root: string) => readLog(root).filter(({ type }) => type === "agent.exited");

describe("an agent in a run", { timeout: PATIENCE_MS }, () => {
  it("whose key is refused is not tried again, and nothing more is started with it; the rest goes on", async () => {
    const root = repository({ claude: played("claude", playOf("claude-error-401")) }, [
      { id: "first", agent: "claude", retries: 5 },
      { id: "second", agent: "claude" },
      { id: "other", run: "echo x > x.txt", instruction: undefined },
    ]);
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(fates(status)).toEqual({ first: "failed", second: "skipped", other: "merged" });
    expect(exitsOf(root).filter(({ actor }) => actor === "task:first")).toHaveLength(1);
    expect(taskOf(status, "second").reason).toMatch(/^agent claude cannot work: .*401.*Log in once/);
  });

  it("that is denied what lies outside of its task's scope has failed, and goes on with its session after that", async () => {
    const args = join(workshop.folder({}), "args.txt");
    const root = repository({ claude: played("claude", playOf("claude-denied"), { AGENT_ARGS: args }) }, [
      { id: "only", agent: "claude", scope: ["src/**"], retries: 1 },
    ]);
    const { status } = await carryOut(root);
    const { reason } = taskOf(status, "only");
    expect(fates(status)).toEqual({ only: "failed" });
    expect(reason).toMatch(/^was denied Write .*a\.txt and left it at that/);
    // It is looked at before anything starts: these are the attempts.
    const attempts = readFileSync(args, "utf8")
      .split("\n")
      .filter((line) => line.includes("--permission-prompt-tool"));
    const [first, second] = attempts;
    const session = /"session_id":"([^"]+)"/.exec(readFileSync(playOf("claude-denied"), "utf8"))?.[1];
    expect(first).not.toContain("--resume");
    expect(second).toContain(`--resume ${session}`);
    expect(exitsOf(root).map(({ data }) => data)).toEqual(
      Array(2).fill(expect.objectContaining({ failure: expect.objectContaining({ kind: "denied", isFinal: false }) })),
    );
    expect(status.cost).toMatchObject({ usd: expect.closeTo(0.02), tokens: 4_200 });
  });

  it("does not outlive a host that is killed, and the next attempt goes on with its session", async () => {
    const folder = workshop.folder({});
    const play = join(folder, "play.jsonl");
    const say = (message: object) => `${JSON.stringify({ say: message })}\n`;
    const started = say({ type: "thread.started", thread_id: "th-1" });
    writeFileSync(play, `{"refuse":"app-server"}\n${started}{"signal":"SIGUSR2"}\n`);
    const done = say({ type: "turn.completed", usage: { input_tokens: 1, output_tokens: 1 } });
    writeFileSync(join(folder, "play-next.jsonl"), `${started}${done}`);
    const args = join(folder, "args.txt");
    const root = repository({ codex: played("codex", play, { AGENT_ARGS: args }) }, [{ id: "only", agent: "codex" }]);
    const { child, ended } = begin(root);
    const note = join(root, ".ce-workspace", RUN, "agents/codex/only.session");
    const giveUpAt = Date.now() + PATIENCE_MS / 2;
    const readNote = () => {
      try {
        return readFileSync(note, "utf8");
      } catch {
        return "";
      }
    };
    while (readNote() === "" && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await ended;
    expect(await findProcesses({ run: RUN, task: "only" })).toHaveLength(1);
    const { status } = await resume(root);
    expect(fates(status)).toEqual({ only: "done" });
    expect(readLog(root).map(({ type }) => type)).toContain("agent.lost");
    expect(await findProcesses({ run: RUN, task: "only" })).toEqual([]);
    expect(readFileSync(args, "utf8").trim().split("\n").at(-1)).toMatch(/ resume th-1 -$/);
  });
});
