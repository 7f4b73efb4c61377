/** What an ACP agent says, beyond its costs and its end: pieces of text, and tool calls told bit by bit. */
import { describe, expect, it } from "vitest";
import { AcpReader } from "../../../../src/actors/agents/acp/read-acp.ts";

const update = (content: object) => ({ method: "session/update", params: { update: content } });
const piece = (text: string) => update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });

describe("an ACP agent's messages", () => {
  it("come in pieces and are handed over whole, when something else begins or the turn ends", () => {
    const reader = new AcpReader();
    expect([...reader.read(piece("I will ")), ...reader.read(piece("write."))]).toEqual([]);
    const call = update({
      sessionUpdate: "tool_call",
      toolCallId: "1",
      kind: "edit",
      title: "Write",
      status: "pending",
    });
    expect(reader.read(call)).toEqual([{ kind: "said", text: "I will write." }]);
    reader.read(piece("Done."));
    const end = reader.read({ id: 1, result: { stopReason: "end_turn" } });
    expect(end).toEqual([{ kind: "said", text: "Done." }]);
  });

  it("without an end do not gather for ever", () => {
    const reader = new AcpReader();
    let said = 0;
    for (let at = 0; at < 1_000; at++) {
      for (const event of reader.read(piece("x".repeat(100)))) said += event.kind === "said" ? event.text.length : 0;
    }
    expect(said).toBeGreaterThan(80_000);
  });
});

describe("a tool call", () => {
  it("is what all that was said of it makes: files, the command, whether it reads", () => {
    const reader = new AcpReader();
    const told = (fields: object) =>
      reader.read(update({ sessionUpdate: "tool_call_update", toolCallId: "1", status: "in_progress", ...fields }));
    told({ kind: "edit", title: "Edit", rawInput: { file_path: "/tree/a.ts" } });
    told({ locations: [{ path: "/tree/b.ts" }], content: [{ type: "diff", path: "/tree/a.ts" }] });
    expect(reader.toolCall({ toolCallId: "1" })).toMatchObject({ kind: "edit", paths: ["/tree/a.ts", "/tree/b.ts"] });
    const command = { toolCallId: "2", kind: "execute", rawInput: { command: "make" }, locations: [{ path: "/tree" }] };
    expect(reader.toolCall(command)).toMatchObject({ paths: [], command: "make" });
    expect(reader.toolCall({ toolCallId: "unheard of" })).toMatchObject({ kind: "other", paths: [], command: null });
  });

  it("is at work until it has ended, or its turn has", () => {
    const reader = new AcpReader();
    const call = (toolCallId: string, status: string) =>
      reader.read(update({ sessionUpdate: "tool_call_update", toolCallId, status }));
    const acting = [
      ["1", "pending"],
      ["2", "in_progress"],
      ["1", "completed"],
      ["2", "failed"],
      ["3", "pending"],
    ].map(([id = "", status = ""]) => {
      call(id, status);
      return reader.isActing;
    });
    expect(acting).toEqual([true, true, true, false, true]);
    reader.beginTurn();
    expect(reader.isActing).toBe(false);
  });

  it("of any length is remembered by its beginning", () => {
    const reader = new AcpReader();
    reader.toolCall({ toolCallId: "1", kind: "execute", title: "x".repeat(100_000) });
    reader.deny("1");
    expect(reader.summary().unresolved[0]?.what.length).toBe(300);
  });
});

describe("a service that fails", () => {
  const hello = (name: string) => ({ id: 0, result: { agentInfo: { name } } });

  it("is told of by Copilot in words at the end, with its status", () => {
    for (const status of [429, 529]) {
      const reader = new AcpReader();
      reader.read(hello("Copilot"));
      reader.beginTurn();
      const words = `Error: Failed to get response from the AI model; retried 5 times (total retry wait time: 15.57 seconds) Last error: ${status} made-up error ${status}`;
      reader.read(piece(words));
      reader.read({ id: 1, result: { stopReason: "end_turn" } });
      expect(reader.trouble).toEqual({ text: words, status });
    }
  });
});
