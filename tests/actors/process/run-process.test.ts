/** What the executor of this machine does beside what executor-conformance.ts asks of every executor. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessRequest } from "../../../src/actors/process/index.ts";
import { asExited, isRunning, leaveGroup, makeWorker, type Worker, waitUntil } from "./worker.ts";

let worker: Worker;
beforeEach(() => {
  worker = makeWorker();
});
afterEach(() => worker.remove());

const readPid = (file: string) => Number(readFileSync(file, "utf8"));
const transcriptOf = () => readFileSync(worker.path("out/transcript.log"));

describe("a command that ends by itself", () => {
  it("reports its exit code, and the transcript holds stdout and stderr in order, with its hash", async () => {
    const outcome = asExited(await worker.run("echo one; echo two >&2; echo three; exit 7"));
    expect(outcome).toMatchObject({
      code: 7,
      signal: null,
      timedOut: false,
      aborted: false,
      inactive: false,
      swept: 0,
    });
    expect(transcriptOf().toString()).toBe("one\ntwo\nthree\n");
    expect(outcome.tail).toBe("one\ntwo\nthree\n");
    const sha256 = createHash("sha256").update(transcriptOf()).digest("hex");
    expect(outcome.transcript).toEqual({ bytes: 14, keptBytes: 14, sha256, truncated: false, problem: null });
  });

  it("may leave its input unread", async () => {
    expect(asExited(await worker.run("exit 0", { input: "x".repeat(1_000_000) })).code).toBe(0);
  });

  it("is not started with more arguments than the system takes", async () => {
    const outcome = await worker.run({ file: process.execPath, args: ["x".repeat(4 << 20)] });
    expect(outcome).toMatchObject({ kind: "notStarted", code: "command", reason: expect.stringContaining("too long") });
  });

  it("shows the shell's own complaint about a syntax error", async () => {
    const outcome = asExited(await worker.run("echo 'never closed"));
    expect(outcome.code).not.toBe(0);
    expect(outcome.tail).not.toBe("");
  });

  it("hands each chunk of output on as it arrives", async () => {
    const seen: string[] = [];
    await worker.run("printf abc", { onOutput: (chunk) => seen.push(chunk.toString()) });
    expect(seen.join("")).toBe("abc");
  });
});

describe("a command that cannot be started", () => {
  it("says that a program was not found", async () => {
    const outcome = await worker.run({ file: "no-such-program-here", args: [] });
    expect(outcome).toMatchObject({ kind: "notStarted", code: "notFound" });
  });

  it("says that a file cannot be executed", async () => {
    writeFileSync(worker.path("plain.txt"), "text");
    const outcome = await worker.run({ file: worker.path("plain.txt"), args: [] });
    expect(outcome).toMatchObject({ kind: "notStarted", code: "notExecutable" });
  });

  it("lets the shell report a missing command as exit code 127", async () => {
    expect(asExited(await worker.run("no-such-program-here")).code).toBe(127);
  });

  it("says that the working directory is missing, or is a file", async () => {
    writeFileSync(worker.path("file"), "");
    expect(await worker.run("true", { cwd: worker.path("gone") })).toMatchObject({ code: "cwd" });
    expect(await worker.run("true", { cwd: worker.path("file") })).toMatchObject({ code: "cwd" });
  });

  it("refuses an empty command and NUL characters", async () => {
    expect(await worker.run("  ")).toMatchObject({ code: "command" });
    expect(await worker.run("echo \0")).toMatchObject({ code: "command" });
    expect(await worker.run({ file: "echo", args: ["a\0b"] })).toMatchObject({ code: "command" });
    expect(await worker.run("true", { identity: { run: "a\0", task: "b" } })).toMatchObject({ code: "command" });
  });
});

describe("a command that is ended", () => {
  it("is killed with its children when it ignores SIGTERM", async () => {
    const stop = new AbortController();
    const command = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 0.05; done' & until test -s child; do sleep 0.02; done; echo ready; wait`;
    const outcome = asExited(await worker.run(command, { signal: stop.signal, onOutput: () => stop.abort() }));
    expect(outcome).toMatchObject({ code: null, signal: "SIGKILL", aborted: true, survivors: 0 });
    expect(isRunning(readPid(worker.path("child")))).toBe(false);
  });

  it("ends even when it was stopped", async () => {
    const outcome = asExited(await worker.run("kill -STOP $$; echo never", { timeoutMs: 200, graceMs: 60_000 }));
    expect(outcome).toMatchObject({ timedOut: true, signal: "SIGTERM" });
  });

  it("takes the descendants that left the group with it", async () => {
    const pidFile = worker.path("pid");
    const stop = new AbortController();
    const command = `${leaveGroup(pidFile, { ignoreTerm: true })}; echo ready; exec sleep 1000`;
    const outcome = asExited(await worker.run(command, { signal: stop.signal, onOutput: () => stop.abort() }));
    expect(outcome.aborted).toBe(true);
    expect(outcome.swept).toBe(1);
    expect(isRunning(readPid(pidFile))).toBe(false);
  });

  it("ends at its timeout", async () => {
    expect(asExited(await worker.run("sleep 1000", { timeoutMs: 50 }))).toMatchObject({
      timedOut: true,
      aborted: false,
    });
  });

  it("ends after silence, which output puts off", async () => {
    const command = "i=0; while [ $i -lt 15 ]; do i=$((i+1)); echo $i; sleep 0.1; done; sleep 1000";
    const outcome = asExited(await worker.run(command, { inactivityMs: 1_000 }));
    expect(outcome).toMatchObject({ inactive: true, timedOut: false });
    expect(outcome.tail).toContain("15");
  });

  it("bears a timeout that is longer than timers can hold", async () => {
    expect(asExited(await worker.run("sleep 0.05; exit 3", { timeoutMs: 1e12 }))).toMatchObject({
      code: 3,
      timedOut: false,
    });
  });
});

describe("a program that was stopped while its command went on", () => {
  /** As SIGSTOP does: nothing is read, no timer fires. */
  const standStill = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const begin = async (command: string, options: Partial<ProcessRequest>) => {
    const running = worker.run(`touch begun; ${command}`, options);
    await waitUntil(() => existsSync(worker.path("begun")), "the command");
    // From here, timers come before anything that was heard.
    await new Promise<void>((resolve) => setImmediate(() => resolve(standStill(2_500))));
    return asExited(await running);
  };

  it("does not hold that against a command that ended in time", async () => {
    const outcome = await begin("sleep 0.3; exit 3", { timeoutMs: 1_000 });
    expect(outcome).toMatchObject({ code: 3, timedOut: false, aborted: false });
  });

  it("does not take it for silence of the command", async () => {
    const outcome = await begin("sleep 0.3; echo said; sleep 2.5; exit 3", { inactivityMs: 1_000 });
    expect(outcome).toMatchObject({ code: 3, inactive: false, tail: "said\n" });
  });

  it("gives the command the time that was missed, and no more", async () => {
    const outcome = await begin("sleep 2.8; exit 3", { timeoutMs: 1_000 });
    expect(outcome).toMatchObject({ code: 3, timedOut: false });
    expect(await begin("sleep 600", { timeoutMs: 1_000 })).toMatchObject({ timedOut: true });
  });
});

describe("what a command leaves behind", () => {
  it("does not hold up the outcome with an open pipe when it cannot be found", async () => {
    const pidFile = worker.path("pid");
    const outcome = asExited(await worker.run(leaveGroup(pidFile, { clearEnv: true, keepPipe: true })));
    const pid = readPid(pidFile);
    try {
      expect(outcome.code).toBe(0);
      expect(isRunning(pid)).toBe(true);
    } finally {
      process.kill(pid, "SIGKILL");
    }
  });
});

describe("output without measure", () => {
  it("of 200 MB of binary is bounded on disk and counted", async () => {
    const maxTranscriptBytes = 1024 * 1024;
    const before = process.memoryUsage.rss();
    const outcome = asExited(await worker.run("head -c 200000000 /dev/zero; printf end", { maxTranscriptBytes }));
    expect(outcome.code).toBe(0);
    expect(outcome.transcript).toMatchObject({ bytes: 200_000_003, truncated: true, problem: null });
    expect(statSync(worker.path("out/transcript.log")).size).toBe(outcome.transcript.keptBytes);
    expect(outcome.transcript.keptBytes).toBeLessThanOrEqual(maxTranscriptBytes);
    expect(outcome.tail).toBe("end");
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
  });

  it("that never ends is bounded and ended by the timeout", async () => {
    const outcome = asExited(await worker.run("yes", { timeoutMs: 300, maxTranscriptBytes: 64 * 1024 }));
    expect(outcome.timedOut).toBe(true);
    expect(outcome.transcript.truncated).toBe(true);
    expect(statSync(worker.path("out/transcript.log")).size).toBeLessThanOrEqual(64 * 1024);
    expect(outcome.tail).toMatch(/^(y?\n)(y\n)+y?$/);
  });

  it("does not bring its escapes into the tail", async () => {
    const outcome = asExited(await worker.run("printf '\\033]0;title\\007\\033[31mred\\033[0m\\r\\n\\377\\000'"));
    expect(outcome.tail).toBe("red\n\ufffd");
  });
});
