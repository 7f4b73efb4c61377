/** How the real programs that speak ACP introduce themselves: the key of their row in the table of quirks. */
import { type Quirks, quirksOf } from "../../src/actors/agents/acp/quirks.ts";
import type { ProgramId } from "./programs.ts";

const NAMES: Partial<Record<ProgramId, string>> = {
  gemini: "gemini-cli",
  opencode: "OpenCode",
  qwen: "qwen-code",
  copilot: "Copilot",
  "claude-agent-acp": "@agentclientprotocol/claude-agent-acp",
  "codex-acp": "@agentclientprotocol/codex-acp",
};

/** The program's row; that of a well-behaved one for programs that speak something else. */
export const rowOf = (id: ProgramId): Quirks => quirksOf(NAMES[id] ?? null);
