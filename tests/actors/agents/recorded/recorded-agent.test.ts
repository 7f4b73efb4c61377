/** Playing recorded sessions back, and recordings and patches that somebody broke or forged. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentOutcome, AgentReport } from "../../../../src/actors/agents/index.ts";
import { Recorder, type SessionEnd } from "../../../../src/actors/agents/recorded/recording.ts";
import { runGit } from "../../git/temp-repository.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";

let attempt: Attempt;
let folder = "";
beforeEach(() => {
  attempt = makeAttempt();
  folder = join(attempt.base, "sessions");
  mkdirSync(folder);
  runGit(attempt.cwd, "init", "-q");
  writeFileSync(join(attempt.cwd, "a.txt"), "one\n");
});
afterEach(() => attempt.remove());

const EDIT = `diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1 +1 @@
-one
+two
`;

interface Draft {
  name?: string;
  startedAt?: string;
  task?: string;
  reports?: AgentReport[];
  awaited?: string;
  patch?: string | null;
  end?: Partial<SessionEnd>;
}

/** Records a session as a host does, with this patch. */
async function record({ name = "task-1.1", task = "task-1", patch = EDIT, ...draft }: Draft = {}): Promise<string> {
  const path = join(folder, `${name}.recording.jsonl`);
  const { startedAt = "2026-01-01T00:00:00.000Z", reports = [], end = {} } = draft;
  const header = { v: 1, run: "r0", task, attempt: 1, stream: "builders", agent: "x", startedAt } as const;
  const recorder = new Recorder(path, header, ["hunter2-hunter2"]);
  for (const report of reports) recorder.report(report);
  if (draft.awaited !== undefined) recorder.awaited({ type: draft.awaited });
  if (patch !== null) writeFileSync(join(folder, `${name}.recording.patch`), patch);
  const sha256 = patch === null ? null : createHash("sha256").update(patch).digest("hex");
  await recorder.finish({ ok: true, reason: null, durationMs: 5, patch: sha256, problem: null, ...end });
  return path;
}

function play(request = {}): Promise<AgentOutcome> {
  const agent = { name: "replay", kind: "recorded", from: "x" } as const;
  const work = { kind: "agent", agent: "replay", instruction: "" } as const;
  return attempt.start({ agent, work, recordings: folder, ...request });
}

const fileOf = (path: string): string => readFileSync(join(attempt.cwd, path), "utf8");

describe("a recorded session", () => {
  it("is played back: its changes, its events in order, and its cost as nothing", async () => {
    const emit: AgentReport = { kind: "emit", type: "build_ready", payload: { n: 1 } };
    await record({
      reports: [
        { kind: "session", id: "s" },
        { kind: "progress", text: "at it" },
        emit,
        { kind: "cost", usd: 2, tokens: 3 },
      ],
    });
    expect(await play()).toMatchObject({ kind: "exited", ok: true, reason: null });
    expect(fileOf("a.txt")).toBe("two\n");
    expect(attempt.reports).toEqual([{ kind: "progress", text: "at it" }, emit, { kind: "cost", usd: 0, tokens: 0 }]);
    expect(attempt.transcript()).toContain("had cost 2 USD, 3 tokens");
  });

  it("holds no secret that the agent was given, nor what looks like one", async () => {
    const payload = { said: "hunter2-hunter2", header: "Authorization: Bearer abcdefghijklmnop", fine: "text" };
    const path = await record({ reports: [{ kind: "emit", type: "x", payload }] });
    const kept = readFileSync(path, "utf8");
    expect(kept).not.toMatch(/hunter2|abcdefghijklmnop/);
    await play();
    expect(attempt.reports).toMatchObject([{ type: "x", payload: { said: "[redacted]", fine: "text" } }]);
  });

  it("is the newest that went well", async () => {
    await record({ name: "task-1.1", patch: EDIT.replace("+two", "+old") });
    await record({ name: "task-1.2", startedAt: "2026-01-02T00:00:00.000Z" });
    await record({ name: "task-1.3", startedAt: "2026-01-03T00:00:00.000Z", end: { ok: false, reason: "no" } });
    await record({ name: "task-1.2.9", task: "task-1.2", startedAt: "2026-01-04T00:00:00.000Z", patch: null });
    await play();
    expect(fileOf("a.txt")).toBe("two\n");
  });

  it("waits where it had waited, and fails when that event does not come", async () => {
    await record({ awaited: "plan_ready", reports: [] });
    const asked: string[] = [];
    attempt.waitFor = async ({ type }) => asked.push(type) > 1;
    expect(await play()).toMatchObject({ ok: false, reason: expect.stringContaining("plan_ready") });
    writeFileSync(join(attempt.cwd, "a.txt"), "one\n");
    expect(await play()).toMatchObject({ ok: true });
    expect(asked).toEqual(["plan_ready", "plan_ready"]);
  });

  it("is stopped and timed out like any other agent", async () => {
    await record({ awaited: "never" });
    attempt.waitFor = ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(false));
        attempt.stop.abort();
      });
    expect(await play()).toMatchObject({ ok: false, aborted: true, reason: "was stopped" });
    attempt.stop = new AbortController();
    attempt.waitFor = ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(false)));
    writeFileSync(join(attempt.cwd, "a.txt"), "one\n");
    expect(await play({ timeoutMs: 20 })).toMatchObject({ ok: false, timedOut: true });
  });

  it("repeats what its agent did by tools", async () => {
    const path = await record({ patch: null });
    const [header, end] = readFileSync(path, "utf8").trim().split("\n");
    const call = { t: 1, tool: "publish_artifact", args: { name: "api", level: "draft", content: "c" } };
    writeFileSync(path, `${header}\n${JSON.stringify(call)}\n${end}\n`);
    const called: unknown[] = [];
    attempt.call = async (tool, args) => {
      called.push([tool, args]);
      return { kind: "refused", text: "not yours" };
    };
    expect(await play()).toMatchObject({ ok: true });
    expect(called).toEqual([[call.tool, call.args]]);
    expect(attempt.transcript()).toContain("[publish_artifact] not yours");
  });
});

describe("a recording that is of no use", () => {
  const refusal = async (request = {}): Promise<string> => {
    const outcome = await play(request);
    if (outcome.kind !== "notStarted") throw new Error("it was played");
    expect(fileOf("a.txt")).toBe("one\n");
    return outcome.reason;
  };

  it("is said to be: missing, failed, cut off, too long, or changed", async () => {
    expect(await refusal({ recordings: undefined })).toContain("does not say where");
    expect(await refusal({ recordings: join(folder, "none") })).toContain("there is no folder");
    expect(await refusal()).toContain("no session of task-1");
    await record({ end: { ok: false, reason: "gate red" } });
    expect(await refusal()).toContain("gate red");
    await record({ end: { problem: "it was longer than is kept" } });
    expect(await refusal()).toContain("longer than is kept");
    const path = await record();
    writeFileSync(path, readFileSync(path, "utf8").slice(0, -20));
    expect(await refusal()).toContain("breaks off");
    await record();
    writeFileSync(join(folder, "task-1.1.recording.patch"), EDIT.replace("+two", "+evil"));
    expect(await refusal()).toContain("its patch was changed");
    for (const line of [
      "null",
      "[]",
      "{}",
      '{"report":{"kind":"emit"}}',
      '{"report":{"kind":"cost","usd":"1"}}',
      "garbage",
    ]) {
      const whole = await record();
      const [header, end] = readFileSync(whole, "utf8").trim().split("\n");
      writeFileSync(whole, `${header}\n${line}\n${end}\n`);
      expect(await refusal(), line).toContain("no step");
    }
  });

  it("is one that is a link", async () => {
    const path = await record();
    renameSync(path, join(attempt.base, "elsewhere"));
    symlinkSync(join(attempt.base, "elsewhere"), path);
    expect(await refusal()).toContain("cannot be read");
  });

  it("whose patch does not apply fails the attempt, and changes nothing", async () => {
    writeFileSync(join(attempt.cwd, "a.txt"), "three\n");
    await record();
    expect(await play()).toMatchObject({ kind: "exited", ok: false, reason: expect.stringContaining("do not apply") });
    expect(fileOf("a.txt")).toBe("three\n");
  });

  it("whose patch leads out of the worktree or into git's folder fails the attempt", async () => {
    mkdirSync(join(attempt.base, "out-there"));
    symlinkSync(join(attempt.base, "out-there"), join(attempt.cwd, "link"));
    const create = (path: string): string =>
      `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
    const paths = [
      "../escaped",
      join(attempt.base, "escaped"),
      ".git/hooks/pre-commit",
      "link/escaped",
      "sub/../../escaped",
    ];
    for (const path of paths) {
      await record({ patch: create(path) });
      expect(await play(), path).toMatchObject({ kind: "exited", ok: false });
    }
    expect(existsSync(join(attempt.base, "escaped"))).toBe(false);
    expect(existsSync(join(attempt.base, "out-there/escaped"))).toBe(false);
    expect(existsSync(join(attempt.cwd, ".git/hooks/pre-commit"))).toBe(false);
  });
});

describe("recording", () => {
  it("is bounded: what is longer than is kept is left out, and said", async () => {
    const reports = Array.from({ length: 20_050 }, (): AgentReport => ({ kind: "progress", text: "x" }));
    const path = await record({ reports, patch: null });
    expect(readFileSync(path, "utf8").split("\n").length).toBeLessThan(20_010);
    const outcome = await play();
    expect(outcome).toMatchObject({ kind: "notStarted", reason: expect.stringContaining("longer than is kept") });
  });

  const header = { v: 1, run: "r0", task: "task-1", attempt: 1, stream: "s", agent: "a", startedAt: "" } as const;
  const end: SessionEnd = { ok: true, reason: null, durationMs: 1, patch: null, problem: null };
  const report: AgentReport = { kind: "progress", text: "x" };

  it("that cannot be begun disturbs nobody, and leaves nothing to play", async () => {
    const path = join(folder, "task-1.1.recording.jsonl");
    mkdirSync(path);
    const recorder = new Recorder(path, header, []);
    recorder.report(report);
    // The agent works on for so long that the file is given up meanwhile.
    await setTimeout(100);
    recorder.awaited({ type: "plan_ready" });
    recorder.tool("emit_event", {});
    await recorder.finish(end);
    expect(await play()).toMatchObject({ kind: "notStarted", reason: expect.stringContaining("cannot be read") });
  });

  it("that breaks off in the middle has what came before, and disturbs nobody afterwards", async () => {
    const path = join(folder, "task-1.1.recording.jsonl");
    execFileSync("mkfifo", [path]);
    const reader = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) }).setEncoding("utf8");
    const recorder = new Recorder(path, header, []);
    recorder.report(report);
    let kept = "";
    for await (const chunk of reader) {
      kept += chunk;
      // Whoever reads goes away: writing fails from now on, as on a full disk.
      if (kept.split("\n").length > 2) break;
    }
    expect(
      kept
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([header, { report }]);
    for (let step = 0; step < 100; step++) recorder.report(report);
    await recorder.finish(end);
    await recorder.finish(end);
    expect(reader.bytesRead).toBe(Buffer.byteLength(kept));
  });

  it("follows no link and waits for no pipe that an agent has planted", async () => {
    const theirs = join(attempt.base, "theirs");
    const [link, pipe] = [join(attempt.base, "link"), join(attempt.base, "pipe")];
    writeFileSync(theirs, "untouched");
    symlinkSync(theirs, link);
    execFileSync("mkfifo", [pipe]);
    for (const path of [link, pipe]) {
      const recorder = new Recorder(path, header, []);
      recorder.report(report);
      await recorder.finish(end);
    }
    expect(readFileSync(theirs, "utf8")).toBe("untouched");
  });
});
