/** Reading what Claude Code writes: any of it, in any order, however much. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaudeReader, describeTool } from "../../../../src/actors/agents/claude/read-claude.ts";

const lineOf = (message: object): string => JSON.stringify(message);
const call = (id: string, name: string, input: object): string =>
  lineOf({ type: "assistant", message: { id: `m-${id}`, content: [{ type: "tool_use", id, name, input }] } });
const answer = (id: string): string =>
  lineOf({ type: "user", message: { content: [{ type: "tool_result", tool_use_id: id }] } });
const DONE = lineOf({ type: "result", subtype: "success", is_error: false, usage: { input_tokens: 1 } });

describe("a reader", () => {
  it("stands any message", () => {
    const subtypes = ["init", "permission_denied", "api_retry", "task_started", "task_updated", "task_notification"];
    const message = fc.record(
      {
        type: fc.constantFrom("system", "assistant", "user", "result", "control_request", "rate_limit_event", 7),
        subtype: fc.constantFrom(...subtypes, "background_tasks_changed", "session_state_changed", "success", null),
        message: fc.anything(),
        request: fc.anything(),
        request_id: fc.constantFrom("r", null),
        tasks: fc.anything(),
        patch: fc.anything(),
        tools: fc.anything(),
        task_id: fc.anything(),
        permission_denials: fc.anything(),
        modelUsage: fc.anything(),
        rate_limit_info: fc.anything(),
        is_error: fc.anything(),
        errors: fc.array(fc.constantFrom<unknown>("no", { toString: 1, valueOf: 1 }, null)),
        origin: fc.anything(),
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), (messages) => {
        const reader = new ClaudeReader();
        // What no JSON can hold is written as null or left out.
        for (const each of messages)
          reader.read(JSON.stringify(each, (_, value) => (typeof value === "bigint" ? 1 : value)));
        expect(reader.summary().unresolved).toBeInstanceOf(Array);
      }),
    );
  });

  it("knows of ten thousand calls which one was refused, and keeps little of each", () => {
    const reader = new ClaudeReader();
    const command = "x".repeat(2_000);
    for (let count = 0; count < 10_000; count++) {
      reader.read(call(`t${count}`, "Bash", { command }));
      reader.read(answer(`t${count}`));
    }
    reader.read(call("last", "Write", { file_path: "/tree/a.txt", content: command }));
    reader.deny("last");
    reader.read(DONE);
    expect(reader.summary().unresolved).toEqual([{ act: "edit", why: "denied", what: "Write /tree/a.txt" }]);
  });

  it("goes by the status of an error, whatever language its words are in", () => {
    const reader = new ClaudeReader();
    reader.read(
      lineOf({
        type: "result",
        subtype: "success",
        is_error: true,
        api_error_status: 401,
        result: "認証に失敗しました",
      }),
    );
    expect(reader.summary()).toMatchObject({ ending: "failed", status: 401, complaint: "認証に失敗しました" });
  });

  it("does not take for the end of the work an empty turn, one of several that told of the same", () => {
    const reader = new ClaudeReader();
    reader.read(DONE);
    const origin = { kind: "task-notification" };
    reader.read(lineOf({ type: "result", subtype: "success", is_error: false, num_turns: 0, usage: {}, origin }));
    expect(reader.summary()).toMatchObject({ ending: "completed", isUnpaid: false });
  });

  it("says which tools it lists that nobody has looked at", () => {
    const tools = ["Bash", "mcp__x__y", "CronCreate", "TeleportAgent"];
    const events = new ClaudeReader().read(lineOf({ type: "system", subtype: "init", session_id: "s", tools }));
    expect(events).toContainEqual({ kind: "noise", text: "[tools that pleach does not know: TeleportAgent]" });
  });
});

describe("a command in the background", () => {
  const begin = (reader: ClaudeReader) => {
    reader.read(call("t1", "Bash", { command: "make", run_in_background: true }));
    reader.read(lineOf({ type: "system", subtype: "task_started", task_id: "b1", tool_use_id: "t1" }));
    reader.read(answer("t1"));
  };

  it("has done nothing while it runs, though it was answered", () => {
    const reader = new ClaudeReader();
    begin(reader);
    reader.leave([{ id: "b1", kind: "command", what: "make" }]);
    reader.read(DONE);
    expect(reader.summary().unresolved).toEqual([{ act: "command", why: "unfinished", what: "make" }]);
  });

  it("has done its work once it has ended well", () => {
    const reader = new ClaudeReader();
    begin(reader);
    const ended = {
      type: "system",
      subtype: "task_notification",
      task_id: "b1",
      tool_use_id: "t1",
      status: "completed",
    };
    expect(reader.read(lineOf(ended))).toEqual([{ kind: "background", tasks: [] }]);
    reader.leave([{ id: "b2", kind: "command", what: "npm run dev" }]);
    reader.read(DONE);
    expect(reader.summary().unresolved).toEqual([]);
  });
});

describe("what a tool is about to touch", () => {
  it("is a path, a command, an address, or a pattern that leads elsewhere", () => {
    expect(describeTool("Write", { file_path: "a.md", content: "x" })).toMatchObject({ paths: ["a.md"], reads: false });
    expect(describeTool("Bash", { command: "make" })).toMatchObject({ paths: [], command: "make", reads: false });
    expect(describeTool("WebFetch", { url: "https://x.test/" })).toMatchObject({ url: "https://x.test/", reads: true });
    expect(describeTool("Glob", { pattern: "src/**" })).toMatchObject({ paths: [], reads: true });
    for (const pattern of ["/root/.ssh/*", "~/.ssh/*", "../../*.env"])
      expect(describeTool("Glob", { pattern, path: "src" }).paths).toEqual(["src", pattern]);
  });
});
