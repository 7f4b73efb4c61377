/**
 * How agents that speak the Agent Client Protocol differ where the protocol leaves it open or they do not keep to it:
 * what their token counts count, what a rejected permission does to the turn, and how an error of the model service
 * looks when it is reported as a normal end. Found by trying each against a model server that fails on purpose.
 */

export interface Quirks {
  /**
   * Where tokens are reported and what they count: `prompt` and `session` in the answer to a prompt (a session's count
   * grows from prompt to prompt); `lastCall` there too, but of the turn's last call alone, so that they are too few;
   * `quota` in the answer's metadata; `chunks` with parts of the message, one count a call.
   */
  tokens: "prompt" | "session" | "lastCall" | "quota" | "chunks";
  /** A turn that used no tokens failed, whatever else is said of it. */
  paysAlways: boolean;
  /** What the turn does after a rejected permission. */
  rejected: "goesOn" | "ends";
  /** What its last words look like when they are an error; only looked at after turns in which it did nothing. */
  failure: RegExp;
}

const ANY_FAILURE = /^\W*(?:API |request |internal )*error\b|\b(?:HTTP|status(?: code)?|API Error)\W{0,4}[45]\d\d\b/i;

const UNKNOWN: Quirks = { tokens: "prompt", paysAlways: false, rejected: "goesOn", failure: ANY_FAILURE };

/** By the name with which an agent introduces itself. */
const KNOWN: ReadonlyMap<string, Quirks> = new Map<string, Quirks>([
  ["@agentclientprotocol/claude-agent-acp", { ...UNKNOWN, paysAlways: true }],
  // After an error of the service: a polite sentence, `end_turn`, and `usage: null`.
  ["@agentclientprotocol/codex-acp", { ...UNKNOWN, paysAlways: true, rejected: "ends" }],
  ["gemini-cli", { ...UNKNOWN, tokens: "quota", paysAlways: true }],
  ["OpenCode", { ...UNKNOWN, tokens: "lastCall", paysAlways: true }],
  ["qwen-code", { ...UNKNOWN, tokens: "chunks", paysAlways: true }],
  // After an error of the service: "Error: …" as a message, `end_turn`, and the count of before.
  ["Copilot", { ...UNKNOWN, tokens: "session", paysAlways: true }],
]);

/** The quirks of the agent with this name; those of a well-behaved one when it is not known. */
export function quirksOf(name: string | null): Quirks {
  return KNOWN.get(name ?? "") ?? UNKNOWN;
}
