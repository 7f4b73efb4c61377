/** What the outcome of a session is, by what its agent said: one trap a file in tests/fixtures/agents/traps. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AcpReader } from "../../../src/actors/agents/acp/read-acp.ts";
import { ClaudeReader } from "../../../src/actors/agents/claude/read-claude.ts";
import { CodexReader } from "../../../src/actors/agents/codex/read-exec.ts";
import { ServerReader } from "../../../src/actors/agents/codex/read-server.ts";
import { adapterOf } from "../../../src/actors/agents/index.ts";
import { judgeSession, type SessionVerdict } from "../../../src/actors/agents/judge-session.ts";
import type { SessionSummary } from "../../../src/actors/agents/session-summary.ts";
import type { ProcessExited } from "../../../src/actors/process/index.ts";
import type { AgentKind } from "../../../src/plan/model.ts";

const TRAPS = join(import.meta.dirname, "../../fixtures/agents/traps");

interface Entry {
  say?: Record<string, unknown>;
  text?: string;
  complain?: string;
  exit?: number;
}

function readTrap(name: string): Entry[] {
  const lines = readFileSync(join(TRAPS, `${name}.jsonl`), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Entry);
}

const kindOf = (name: string): AgentKind => name.split("-")[0] as AgentKind;

function accountOf(name: string, entries: Entry[]): SessionSummary {
  const kind = kindOf(name);
  if (kind === "codex" && !name.startsWith("codex-exec-")) {
    const reader = new ServerReader();
    reader.begin("th-1");
    reader.beginTurn();
    for (const { say } of entries) reader.read(say ?? {});
    return reader.summary();
  }
  if (kind === "acp") {
    const reader = new AcpReader();
    for (const { say } of entries) {
      if (say?.error !== undefined) reader.fail(say.error);
      else if (say !== undefined) reader.read(say);
    }
    return reader.summary();
  }
  const reader = kind === "claude" ? new ClaudeReader() : new CodexReader();
  for (const { say, text, complain } of entries) {
    if (complain === undefined) reader.read(text ?? JSON.stringify(say ?? null));
    else if (reader instanceof CodexReader) reader.readError(complain);
  }
  return reader.summary();
}

const ENDED: ProcessExited = {
  kind: "exited",
  code: 0,
  signal: null,
  durationMs: 1_000,
  timedOut: false,
  aborted: false,
  inactive: false,
  transcript: { bytes: 0, keptBytes: 0, sha256: "", truncated: false, problem: null },
  tail: "",
  swept: 0,
  survivors: 0,
};

function judge(name: string, end: Partial<ProcessExited> = {}): SessionVerdict {
  const kind = kindOf(name);
  const entries = readTrap(name);
  const code = entries.find(({ exit }) => exit !== undefined)?.exit ?? 0;
  const loginHint = adapterOf(kind).loginHint ?? "";
  return judgeSession(
    accountOf(name, entries),
    { ...ENDED, code, ...end },
    { name: kind, loginHint, reading: { now: 0, zone: "UTC" } },
  );
}

const denied = { ok: false, faultOf: "work", failure: { kind: "denied", isFinal: false } };
const incomplete = { ok: false, faultOf: "work", failure: { kind: "incomplete" } };
const service = (kind: string, isFinal = false) => ({ ok: false, faultOf: "agent", failure: { kind, isFinal } });
const fine = { ok: true, reason: null, failure: null };

const EXPECTED: Record<string, object> = {
  "claude-denied-exit-0": { ...denied, reason: expect.stringContaining("Bash make") },
  "claude-denied-known-only-at-the-end": denied,
  "claude-denied-then-made-good": fine,
  "claude-denied-edit-then-only-a-command": denied,
  "claude-success-with-is-error": service("api"),
  "claude-sigint-exit-0": incomplete,
  "claude-dies-without-result": service("protocol"),
  "claude-error-told-as-words": service("overloaded"),
  "claude-success-that-used-nothing": service("api"),
  "claude-max-turns": { ...incomplete, reason: expect.stringContaining("maximum number of turns") },
  "claude-refusal": incomplete,
  "claude-not-logged-in": { ...service("auth", true), reason: expect.stringContaining("Log in once with `claude`") },
  "claude-refused-key-while-it-retries": service("auth", true),
  "claude-usage-limit": service("rateLimit"),
  "claude-garbage-and-half-a-line": service("protocol"),
  "codex-exec-failed-file-change-exit-0": { ...incomplete, reason: expect.stringContaining("a.txt") },
  "codex-exec-failed-file-change-then-a-command": incomplete,
  "codex-exec-failed-then-changed": fine,
  "codex-exec-declined-command": denied,
  "codex-exec-red-tests-are-ordinary": fine,
  "codex-exec-null-usage": service("api"),
  "codex-exec-rejected-on-stderr-only": denied,
  "codex-exec-turn-failed": service("rateLimit"),
  "codex-exec-exit-0-without-a-turn": service("protocol"),
  "codex-declined-change-turn-completed": { ...denied, reason: expect.stringContaining("/etc/hosts") },
  "codex-declined-change-then-a-command": denied,
  "codex-declined-command-then-it-reads": denied,
  "codex-declined-command-then-changed": fine,
  "codex-declined-reading": fine,
  "codex-failed-change": incomplete,
  "codex-red-tests-are-ordinary": fine,
  "codex-completed-that-used-nothing": service("api"),
  "codex-context-is-full": { ...incomplete, reason: expect.stringContaining("split the task") },
  "codex-flagged": incomplete,
  "codex-model-is-not-there": { ...service("api", true), reason: expect.stringContaining("Correct `model`") },
  "codex-model-is-not-there-by-its-name": service("api", true),
  "codex-usage-limit": service("rateLimit"),
  "codex-no-credit": service("credit", false),
  "codex-overloaded": service("overloaded"),
  "codex-bad-request-as-json": { ...service("api"), reason: expect.stringMatching(/^made-up words\./) },
  "codex-refused-key-while-it-retries": service("auth", true),
  "codex-interrupted-by-somebody": incomplete,
  "codex-sub-agent-ends-before-it": service("protocol"),
  "codex-fields-of-other-types": service("api"),
  "acp-error-as-end-turn-with-null-usage": service("overloaded"),
  "acp-error-as-end-turn-with-the-count-of-before": service("auth", true),
  "acp-error-as-words-of-an-unknown-agent": service("overloaded"),
  "acp-unknown-agent-that-works": fine,
  "acp-failed-edit": incomplete,
  "acp-max-tokens": incomplete,
  "acp-json-rpc-error": service("auth", true),
  "acp-json-rpc-error-with-details": service("auth", true),
};

describe("the outcome of a session", () => {
  it.each(readdirSync(TRAPS).map((file) => file.replace(/\.jsonl$/, "")))("is not taken on trust: %s", (name) => {
    expect(EXPECTED).toHaveProperty(name);
    const verdict = judge(name);
    expect(verdict).toMatchObject(EXPECTED[name] as object);
    expect(verdict.reason ?? "").not.toMatch(/[\n\u001b]/);
    if (!verdict.ok) expect(verdict.reason).toContain(verdict.failure?.hint ?? "no hint");
  });

  it("is how pleach itself ended it, whatever the agent says of that", () => {
    const name = "claude-denied-then-made-good";
    expect(judge(name, { aborted: true })).toMatchObject({ ok: false, reason: "was stopped", failure: null });
    expect(judge(name, { timedOut: true })).toMatchObject({ ok: false, faultOf: "work", failure: null });
    expect(judge(name, { inactive: true })).toMatchObject(service("silent"));
  });

  it("is not changed by a signal or a code once the agent has reported its result", () => {
    expect(judge("claude-denied-then-made-good", { code: null, signal: "SIGTERM" })).toMatchObject(fine);
    expect(judge("claude-denied-then-made-good", { code: 1 })).toMatchObject(fine);
  });

  it("names the last words of a program that went away without a result", () => {
    const { reason } = judge("claude-dies-without-result", { code: 139, tail: "one\nSegmentation fault\n" });
    expect(reason).toContain("Segmentation fault");
  });
});
