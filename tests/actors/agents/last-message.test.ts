/** What is kept of an agent's last message, and which of its messages that is, in each protocol. */
import { describe, expect, it } from "vitest";
import { AcpReader } from "../../../src/actors/agents/acp/read-acp.ts";
import { ClaudeReader } from "../../../src/actors/agents/claude/read-claude.ts";
import { CodexReader } from "../../../src/actors/agents/codex/read-exec.ts";
import { ServerReader } from "../../../src/actors/agents/codex/read-server.ts";
import { keepLastMessage, MAX_LAST_MESSAGE } from "../../../src/actors/agents/last-message.ts";
import { makeRedactor } from "../../../src/actors/process/index.ts";

const keep = (said: string | null): string | null => keepLastMessage(said, (text) => text);

describe("what is kept of a last message", () => {
  it("is its lines, without what nobody sees", () => {
    expect(keep("\n  Done:   the index. \r\n\n\n\nNames: `buildIndex`\u202e\u001b[2J\u0000.\n")).toBe(
      "Done: the index.\n\nNames: `buildIndex`.",
    );
    expect(keep("Fertig: das Verzeichnis.\n名前: 索引")).toBe("Fertig: das Verzeichnis.\n名前: 索引");
  });

  it("is nothing where nothing was said", () => {
    for (const nothing of [null, "", " \n\t\n", "\u202e\u200b"]) expect(keep(nothing)).toBeNull();
  });

  it("is the beginning of what is long, in whole lines, or words, or characters", () => {
    const lines = keep(`${"a line of it\n".repeat(1_000)}`) ?? "";
    expect(lines.length).toBeLessThanOrEqual(MAX_LAST_MESSAGE);
    expect(lines).toMatch(/^(a line of it\n)+\[…\]$/);
    expect(keep("word ".repeat(600_000))).toMatch(/^(word )+word\n\[…\]$/);
    const one = keep("🌱".repeat(750_000)) ?? "";
    expect(one).toMatch(/^(🌱)+\n\[…\]$/u);
    expect(one.length).toBeLessThanOrEqual(MAX_LAST_MESSAGE);
    expect((keep(`a${"\u0301".repeat(3_000_000)}`) ?? "").length).toBeLessThan(40);
  });

  it("holds no secret, however it is hidden", () => {
    const redact = makeRedactor({ MY_TOKEN: "sw0rdfish-secret" });
    expect(keepLastMessage("It is sw0rd\u001b[1mfish-secret.", redact)).toBe("It is [redacted].");
  });
});

const lines = (events: readonly object[]): string[] => events.map((event) => JSON.stringify(event));
const assistant = (content: object[], more: object = {}): object => ({
  type: "assistant",
  message: { content },
  ...more,
});
const text = (words: string): object => ({ type: "text", text: words });

describe("the last message", () => {
  it("of Claude Code is its result, or what it said last itself", () => {
    const begin = [
      assistant([text("I look first."), { type: "tool_use", id: "t1", name: "Bash", input: { command: "ls" } }]),
      assistant([text("Done: the index."), text("Names: buildIndex.")]),
      assistant([text("I am only a helper.")], { parent_tool_use_id: "t2" }),
      assistant([text("API Error: 500")], { is_api_error_message: true }),
    ];
    const end = { type: "result", subtype: "success", is_error: false, usage: { output_tokens: 1 } };
    const said = (events: readonly object[]): string | null => {
      const reader = new ClaudeReader();
      for (const line of lines(events)) reader.read(line);
      return reader.summary().said;
    };
    expect(said(begin)).toBe("Done: the index.\nNames: buildIndex.");
    expect(said([...begin, { ...end, result: "" }])).toBe("Done: the index.\nNames: buildIndex.");
    expect(said([...begin, { ...end, result: "Done: all of it." }])).toBe("Done: all of it.");
    expect(said([end])).toBeNull();
  });

  it("of Codex is the last of its messages", () => {
    const reader = new CodexReader();
    expect(reader.summary().said).toBeNull();
    for (const words of ["I look first.", "Done: the index."])
      for (const line of lines([{ type: "item.completed", item: { type: "agent_message", text: words } }]))
        reader.read(line);
    expect(reader.summary().said).toBe("Done: the index.");
  });

  it("of Codex' app-server is the last of its own thread", () => {
    const reader = new ServerReader();
    reader.begin("own");
    expect(reader.summary().said).toBeNull();
    const say = (threadId: string, words: string): void =>
      void reader.read({
        method: "item/completed",
        params: { threadId, turnId: "1", item: { type: "agentMessage", id: "i", text: words } },
      });
    say("own", "I look first.");
    say("own", "Done: the index.");
    say("own", " ");
    say("helper", "I am only a helper.");
    expect(reader.summary().said).toBe("Done: the index.");
  });

  it("of an ACP agent is what it said since it acted last, in pieces", () => {
    const reader = new AcpReader();
    const update = (of: object): void => void reader.read({ method: "session/update", params: { update: of } });
    const chunk = (words: string): void =>
      update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: words } });
    const act = (status: string): void => update({ sessionUpdate: "tool_call", toolCallId: "t", kind: "edit", status });
    expect(reader.summary().said).toBeNull();
    chunk("I look first.");
    act("pending");
    act("completed");
    expect(reader.summary().said).toBe("I look first.");
    chunk("\n");
    for (const piece of ["Done: ", "the index.", `\n${"x".repeat(70_000)}`, "never"]) chunk(piece);
    const said = reader.summary().said ?? "";
    expect(said).toMatch(/^Done: the index\.\nx+$/);
    act("completed");
    expect(reader.summary().said).toBe(said);
    // A person spoke to it, and it only acted.
    reader.beginTurn();
    act("completed");
    expect(reader.summary().said).toBe(said);
    reader.beginSession();
    expect(reader.summary().said).toBeNull();
  });
});
