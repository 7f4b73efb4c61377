/** Which prompt an agent gets: whole or what is new, with its tools or with the drop box. */
import { describe, expect, it } from "vitest";
import { promptWithTools } from "../../../src/actors/agents/agent.ts";
import { promptOf } from "../../../src/actors/agents/session.ts";

const TOOLS = { url: "http://127.0.0.1:1/", token: "secret", instructions: "You have tools." };
const told = { prompt: "All of it.\n", resumePrompt: "What is new.\n", dropBox: "There is a box." };

describe("the prompt of a session", () => {
  it("is the whole of it for one that begins, and what is new for one that goes on", () => {
    expect(promptOf({ ...told, tools: null, session: null })).toBe("All of it.\n\nThere is a box.");
    expect(promptOf({ ...told, tools: null, session: "s-1" })).toBe("What is new.\n");
    expect(promptOf({ prompt: "All of it.\n", tools: null, session: "s-1" })).toBe("All of it.\n");
  });

  it("tells of the tools or of the drop box, never of both", () => {
    expect(promptWithTools({ ...told, tools: TOOLS })).toBe("All of it.\n\nYou have tools.");
    expect(promptWithTools({ ...told, tools: { ...TOOLS, instructions: "" } })).toBe("All of it.\n\nThere is a box.");
    expect(promptWithTools({ prompt: "All of it.\n", tools: null })).toBe("All of it.\n");
  });
});
