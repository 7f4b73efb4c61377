/** What of a session's refusals and failures decides its outcome. */
import { describe, expect, it } from "vitest";
import { AcpReader } from "../../../src/actors/agents/acp/read-acp.ts";
import { ClaudeReader } from "../../../src/actors/agents/claude/read-claude.ts";
import { UnresolvedFailures } from "../../../src/actors/agents/session-summary.ts";

describe("what a session could not do", () => {
  it("is made good by an act that succeeds, an edit only by an edit", () => {
    const unresolved = new UnresolvedFailures();
    unresolved.add({ act: "command", why: "denied", what: "make" });
    unresolved.add({ act: "edit", why: "denied", what: "Write a.md" });
    unresolved.succeed("command");
    expect(unresolved.list()).toMatchObject([{ what: "Write a.md" }]);
    unresolved.succeed("edit");
    expect(unresolved.list()).toEqual([]);
  });

  it("decides nothing when it was to read only, whatever agent wanted it", () => {
    const claude = new ClaudeReader();
    for (const [id, name] of [
      ["t1", "Read"],
      ["t2", "Grep"],
      ["t3", "WebFetch"],
    ]) {
      claude.read(
        JSON.stringify({ type: "assistant", message: { content: [{ type: "tool_use", id, name, input: {} }] } }),
      );
      claude.deny(id as string);
    }
    claude.read(JSON.stringify({ type: "result", subtype: "success", is_error: false, usage: { input_tokens: 1 } }));
    expect(claude.summary()).toMatchObject({ ending: "completed", unresolved: [] });

    const acp = new AcpReader();
    const call = { sessionUpdate: "tool_call", toolCallId: "t1", kind: "read", title: "Read x", status: "pending" };
    acp.read({ method: "session/update", params: { update: call } });
    acp.deny("t1");
    expect(acp.summary().unresolved).toEqual([]);
  });
});
