/** An older Codex, without an app-server: it says so itself, and works by `codex exec`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentExited, AgentRequest } from "../../../../src/actors/agents/index.ts";
import { costOf } from "../../../agents/contract.ts";
import { PLAYER, playOf } from "../../../agents/plays.ts";
import { waitUntil } from "../../process/worker.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";
import { workWith } from "./fake-server.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

async function play(file: string, request: Partial<AgentRequest> = {}): Promise<AgentExited> {
  const price = { input: 1, output: 10 };
  const outcome = await attempt.start({
    work: { kind: "agent", agent: "mine", instruction: "Do it." },
    agent: { name: "mine", kind: "codex", command: PLAYER, price },
    env: { PATH: process.env.PATH ?? "", AGENT_PLAY: file, AGENT_WAITS: join(attempt.base, "waits") },
    ...request,
  });
  if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
  return outcome;
}

const fallback = /`codex exec` is used/g;

describe("a Codex that knows no app-server", () => {
  it("works by its own word, which is said once, and a thread that goes on costs what came on top", async () => {
    expect(await play(playOf("codex-exec-write"))).toMatchObject({ ok: true });
    expect(attempt.transcript().match(fallback)).toHaveLength(1);
    expect(attempt.transcript()).toMatch(/I write\.\n\[tool\] .*a\.txt\nDone\.\n\[done\]\n$/);
    const session = attempt.reports.flatMap((each) => (each.kind === "session" ? [each.id] : []))[0] ?? "";
    expect(await play(playOf("codex-exec-resume"), { session })).toMatchObject({ ok: true });
    const once = { kind: "cost", usd: expect.closeTo(0.003), tokens: 2_100 };
    expect(attempt.reports.filter(({ kind }) => kind === "cost")).toEqual([once, once]);
  });

  it("hears a message when its turn is over", async () => {
    void attempt.nextReport().then(() => attempt.send("And say goodbye."));
    expect(await play(playOf("codex-exec-message"))).toMatchObject({ ok: true });
    expect(attempt.transcript()).toContain("[message] And say goodbye.\n");
  });

  it("has failed where its sandbox refused, and where its key is refused", async () => {
    expect(await play(playOf("codex-exec-denied"))).toMatchObject({ faultOf: "work", failure: { kind: "denied" } });
    const locked = await play(playOf("codex-exec-error-401"));
    expect(locked).toMatchObject({ faultOf: "agent", failure: { kind: "auth", isFinal: true } });
    expect(costOf(attempt.reports).usd).toBeLessThan(0.01);
  });

  it("is stopped by a signal", async () => {
    const running = play(playOf("codex-exec-stop"), { graceMs: 2_000 });
    await waitUntil(() => attempt.reports.some(({ kind }) => kind === "session"), "its thread");
    attempt.stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true, survivors: 0 });
  });

  it("is one whose app-server speaks of other things; what it was told meanwhile is not lost", async () => {
    const done = `say({ type: "thread.started", thread_id: "x" });
      say({ type: "turn.completed", usage: { input_tokens: 1, output_tokens: 1 } }); process.exit(0);`;
    const code = `
      if (process.argv.includes("exec")) { ${done} }
      replies["thread/start"] = () => { throw new Error("Invalid request: unknown variant \`thread/start\`, expected one of \`newConversation\`"); };`;
    const started = workWith(attempt, code);
    await waitUntil(() => existsSync(join(attempt.cwd, "heard.jsonl")), "its first process");
    attempt.send("And say goodbye.");
    expect((await started).outcome).toMatchObject({ ok: true });
    expect(attempt.transcript().match(fallback)).toHaveLength(1);
    expect(attempt.transcript()).toContain("[message] And say goodbye.\n");
  });

  it("is not one that was stopped before it introduced itself", async () => {
    const file = join(attempt.base, "play.jsonl");
    writeFileSync(file, '{"hear":{"method":"initialize"}}\n{"signal":"SIGUSR2"}\n');
    const running = play(file);
    const waits = join(attempt.base, "waits");
    await waitUntil(() => existsSync(waits) && readFileSync(waits, "utf8") === "SIGUSR2", "that it was asked");
    attempt.stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true });
    expect(attempt.transcript()).not.toMatch(fallback);
  });
});
