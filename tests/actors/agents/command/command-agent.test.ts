import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentExited, AgentOutcome } from "../../../../src/actors/agents/index.ts";
import type { AgentSpec } from "../../../../src/plan/model.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

const work = (instruction: string) => ({ kind: "agent", agent: "mine", instruction }) as const;
const agent = (spec: Partial<AgentSpec>): AgentSpec => ({ name: "mine", kind: "command", ...spec });

function asExited(outcome: AgentOutcome): AgentExited {
  if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
  return outcome;
}

describe("a task's shell command", () => {
  const run = async (command: string, timeoutMs = 60_000) =>
    asExited(await attempt.start({ work: { kind: "run", command }, timeoutMs }));

  it("is ok when it exits with 0", async () => {
    expect(await run("echo hi")).toMatchObject({ ok: true, code: 0, reason: null, tail: "hi\n" });
  });

  it("says why it is not, and blames the work", async () => {
    expect(await run("exit 3")).toMatchObject({ ok: false, code: 3, reason: "exited with code 3", faultOf: "work" });
    expect(await run("kill -ABRT $$")).toMatchObject({ ok: false, reason: "was killed by SIGABRT", faultOf: "work" });
    const missing = await run("no-such-program");
    expect(missing).toMatchObject({
      ok: false,
      code: 127,
      faultOf: "work",
      reason: expect.stringContaining("not found"),
    });
    expect(await run("sleep 1000", 50)).toMatchObject({
      ok: false,
      timedOut: true,
      reason: expect.stringContaining("timeout"),
    });
  });

  it("can be stopped", async () => {
    const running = run("sleep 1000");
    attempt.stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true, reason: "was stopped" });
  });

  it("finds its identity in its environment", async () => {
    const outcome = await run('echo "$PLEACH_RUN $PLEACH_TASK"');
    expect(outcome.tail).toBe("run-1 task-1\n");
  });
});

describe("an agent that is a program", () => {
  const start = async (spec: Partial<AgentSpec>, instruction: string) =>
    asExited(await attempt.start({ work: work(instruction), agent: agent(spec) }));

  it("gets its instruction as one argument where it says so, never as shell text", async () => {
    const outcome = await start(
      { command: "printf", args: ["[%s]", "--", "{instruction}", "p={instruction}"] },
      "a b; $(reboot) $&",
    );
    expect(outcome.tail).toBe("[--][a b; $(reboot) $&][p=a b; $(reboot) $&]");
  });

  it("gets all that there is to say where it asks for the prompt, and fills in nothing that a text itself says", async () => {
    const outcome = await attempt.start({
      work: work("the prose, not {prompt}"),
      agent: agent({ command: "printf", args: ["[%s]", "{prompt}", "{instruction}"] }),
      prompt: "role, goal, {instruction}",
    });
    expect(outcome).toMatchObject({ tail: "[role, goal, {instruction}][the prose, not {prompt}]" });
    const tools = { url: "http://127.0.0.1:9/mcp", token: "a-token-of-its-own", instructions: "You have tools." };
    const withTools = await attempt.start({
      work: work("the prose"),
      agent: agent({ command: "printf", args: ["[%s]", "{prompt}"] }),
      prompt: "role, goal",
      tools,
    });
    expect(withTools).toMatchObject({ tail: "[role, goal\n\nYou have tools.]" });
  });

  it("never gets an instruction that reads as a flag", async () => {
    expect((await start({ command: "printf", args: ["[%s]", "{instruction}"] }, "--version")).tail).toBe(
      "[ --version]",
    );
    expect((await start({ command: "printf", args: ["[%s]", "-m{instruction}"] }, "x")).tail).toBe("[-mx]");
  });

  it("gets its instruction on stdin otherwise", async () => {
    expect((await start({ command: "cat", args: [] }, "do this\nthen that")).tail).toBe("do this\nthen that");
  });

  it("is to blame when it crashes or falls silent, the work when it exits with a code", async () => {
    const script = join(attempt.base, "agent.sh");
    writeFileSync(script, '#!/bin/sh\nread what\neval "$what"\n');
    chmodSync(script, 0o755);
    expect(await start({ command: script }, "kill -SEGV $$\n")).toMatchObject({ ok: false, faultOf: "agent" });
    expect(await start({ command: script }, "exit 127\n")).toMatchObject({ ok: false, faultOf: "agent" });
    expect(await start({ command: script }, "exit 1\n")).toMatchObject({ ok: false, faultOf: "work" });
    const silent = await start({ command: script, inactivityMs: 50 }, "sleep 1000\n");
    expect(silent).toMatchObject({ ok: false, faultOf: "agent", inactive: true });
    expect(await start({ command: script, timeoutMs: 50 }, "sleep 1000\n")).toMatchObject({
      faultOf: "work",
      timedOut: true,
    });
  });

  it("keeps no key of its own in its transcript, nor does a task's own command", async () => {
    const env = { PATH: process.env.PATH ?? "", MY_TOKEN: "correct-horse-battery" };
    const say = { command: "sh", args: ["-c", 'echo "it is $MY_TOKEN"; printf %s "$MY_TOKEN"'] };
    await attempt.start({ work: work("x"), agent: agent(say), env });
    expect(attempt.transcript()).toBe("it is [redacted]\n[redacted]");
    await attempt.start({ work: { kind: "run", command: 'printf "$MY_TOKEN"' }, env });
    expect(attempt.transcript()).toBe("[redacted]");
  });

  it("does not start, with a hint, when its program is missing or not named", async () => {
    const missing = await attempt.start({ work: work("x"), agent: agent({ command: "no-such-program" }) });
    expect(missing).toMatchObject({ kind: "notStarted", reason: expect.stringContaining("no-such-program") });
    expect(await attempt.start({ work: work("x"), agent: agent({}) })).toMatchObject({ kind: "notStarted" });
    expect(await attempt.start({ work: work("x"), agent: null })).toMatchObject({ kind: "notStarted" });
  });
});
