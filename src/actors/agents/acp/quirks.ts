/**
 * How agents that speak the Agent Client Protocol differ where the protocol leaves it open or they do not keep to it, as a
 * table: by the name with which an agent introduces itself, what was found by trying it against a model service that fails
 * on purpose. `npm run test:agents` tries the cells again with the real programs (`tests/agents/acp-cells.test.ts` says where).
 */

/** Where tokens are told, and what they count. */
export type TokenCount =
  /** In the answer to a prompt: those of that prompt, or those of all prompts that this process was sent. */
  | "prompt"
  | "process"
  /** There too, but of the turn's last call of the model alone, so that they are too few. */
  | "lastCall"
  /** In the answer's metadata; of each model, so that calls beside the turn, such as for a title, are counted. */
  | "quota"
  | "models"
  /** With parts of the message, one count a call. */
  | "chunks";

/** What `used` of an update counts that comes while a turn is under way: an estimate, until the answer tells. */
export type LiveCount =
  | "nothing"
  /** All of a call that has ended. */
  | "call"
  /** A call as far as it has come; told again as it grows. */
  | "callSoFar";

export interface Quirks {
  tokens: TokenCount;
  used: LiveCount;
  /** A turn that used no tokens failed, whatever else is said of it. */
  paysAlways: boolean;
  /** What the turn does after a rejected permission. */
  rejected: "goesOn" | "ends";
  /** The mode in which it asks before it acts, and the looser ones that its user may have as a default. */
  mode: { asks: string; insteadOf: readonly string[] } | null;
  /** Options that are to be set so that it asks. */
  options: Readonly<Record<string, string>>;
  /** Whether a session can go on in another folder than that in which it began. */
  sessions: "anywhere" | "folder";
  /** Whether it refuses a model that is not there; one that does not is asked for offered models only. */
  checksModel: boolean;
  /** A way to log in that needs no person, and the variables of which one has to be set. */
  key: { method: string; variables: readonly string[] } | null;
  /** A message that says no more than that its service failed and is tried again. */
  retrying: RegExp | null;
  /** What its last words look like when they are an error; only looked at after turns in which it did nothing. */
  failure: RegExp;
}

const ANY_FAILURE = /^\W*(?:API |request |internal )*error\b|\b(?:HTTP|status(?: code)?|API Error)\W{0,4}[45]\d\d\b/i;

const UNKNOWN: Quirks = {
  tokens: "prompt",
  used: "nothing",
  paysAlways: false,
  rejected: "goesOn",
  mode: null,
  options: {},
  sessions: "anywhere",
  checksModel: true,
  key: null,
  retrying: null,
  failure: ANY_FAILURE,
};

const COPILOT_MODES = "https://agentclientprotocol.com/protocol/session-modes#";

/** By the name with which an agent introduces itself. */
export const KNOWN: ReadonlyMap<string, Quirks> = new Map<string, Quirks>([
  [
    "@agentclientprotocol/claude-agent-acp",
    {
      ...UNKNOWN,
      tokens: "models",
      used: "callSoFar",
      paysAlways: true,
      // Its own default is `auto`: a model decides. In `dontAsk` it refuses by itself: that is stricter, and stays.
      mode: { asks: "default", insteadOf: ["auto", "acceptEdits", "bypassPermissions"] },
    },
  ],
  [
    "@agentclientprotocol/codex-acp",
    {
      ...UNKNOWN,
      used: "call",
      // After an error of the service: a polite sentence, `end_turn`, and `usage: null`.
      paysAlways: true,
      // With the stop reason `cancelled`.
      rejected: "ends",
      // It writes in its folder without asking, in its own sandbox, and asks for what leads out of it. What asks for each
      // change is `read-only`, in which its commands could write nothing either.
      mode: { asks: "workspace-write", insteadOf: ["agent", "agent-full-access"] },
      key: { method: "api-key", variables: ["CODEX_API_KEY", "OPENAI_API_KEY"] },
    },
  ],
  [
    "gemini-cli",
    {
      ...UNKNOWN,
      tokens: "quota",
      paysAlways: true,
      mode: { asks: "default", insteadOf: ["autoEdit", "yolo"] },
      sessions: "folder",
      checksModel: false,
      key: { method: "gemini-api-key", variables: ["GEMINI_API_KEY"] },
      // It tries up to nine times more, which takes four minutes; what it says of that on stderr comes when it exits.
    },
  ],
  [
    // It asks when its configuration says so: `opencode-permissions.ts`. What it does not tell here (each call's tokens, that
    // it tries again, five times in 75 seconds, and with which status), its own server tells: `opencode-events.ts`. A session
    // that goes on in another folder hangs at its first permission, or fails at its first prompt when the folder is gone; so
    // does a fork of it.
    "OpenCode",
    { ...UNKNOWN, tokens: "lastCall", paysAlways: true, rejected: "ends", sessions: "folder" },
  ],
  [
    "qwen-code",
    {
      ...UNKNOWN,
      tokens: "chunks",
      paysAlways: true,
      rejected: "ends",
      mode: { asks: "default", insteadOf: ["auto", "auto-edit", "yolo"] },
      sessions: "folder",
    },
  ],
  [
    "Copilot",
    {
      ...UNKNOWN,
      tokens: "process",
      // After an error of the service: "Error: …" as a message, `end_turn`, and no count or the one of before.
      paysAlways: true,
      // With the message "Info: Operation cancelled by user".
      rejected: "ends",
      mode: { asks: `${COPILOT_MODES}agent`, insteadOf: [`${COPILOT_MODES}autopilot`] },
      options: { allow_all: "off" },
      checksModel: false,
      retrying: /^Info: Request failed\b.{0,200}\bRetrying/i,
    },
  ],
]);

/** The quirks of the agent with this name; those of a well-behaved one when it is not known. */
export function quirksOf(name: string | null): Quirks {
  return KNOWN.get(name ?? "") ?? UNKNOWN;
}
