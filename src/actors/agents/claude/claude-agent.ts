/**
 * Claude Code as one long conversation: the prompt goes in as a message, permissions are asked and answered over the
 * control protocol, further messages steer it, and an interrupt ends the turn in good order, with its cost.
 *
 * It works with the user's own login and settings unless the entry says `home: run`. What it may not do while nobody
 * watches (ask the user, leave its worktree, schedule itself) is taken from its tools.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Agent, AgentRequest } from "../agent.ts";
import type { Conversation, Protocol } from "../conversation.ts";
import { holdSession, type Program, promptOf, type Session } from "../session.ts";
import type { SessionSummary } from "../session-summary.ts";
import { LOGIN_HINT, programOf, TOOLS } from "./program.ts";
import { type ClaudeEvent, ClaudeReader, describeTool } from "./read-claude.ts";

const NO_SESSION = /No conversation found/i;

/** Runs an agent of kind `claude`. */
export const claudeAgent: Agent = (request, context) =>
  holdSession(request, context, LOGIN_HINT, async (session) => {
    const config = await writeToolsConfig(request);
    try {
      const summary = await speakWithClaude(session, programOf(request, config));
      if (request.session === null || !NO_SESSION.test(summary.complaint ?? "")) return summary;
      session.note("[the earlier session is gone: a new one is begun]");
      const anew = { ...request, session: null };
      return await speakWithClaude({ ...session, request: anew }, programOf(anew, config));
    } finally {
      if (config !== null) await rm(config, { force: true });
    }
  });

/** A file that only the user can read, for arguments can be read by everybody. */
async function writeToolsConfig({ tools, home, task, attempt }: AgentRequest): Promise<string | null> {
  if (tools === null) return null;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = join(home, `${task}.${attempt}.mcp.json`);
  const headers = { Authorization: `Bearer ${tools.token}` };
  const server = { type: "http", url: tools.url, headers, alwaysLoad: true };
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ mcpServers: { [TOOLS]: server } }), { mode: 0o600, flag: "wx" });
  return file;
}

async function speakWithClaude(session: Session, program: Program): Promise<SessionSummary> {
  const reader = new ClaudeReader();
  let stopListening = () => {};
  await session.converse(program, (conversation): Protocol => {
    let controls = 0;
    const control = (request: object) =>
      conversation.send({ type: "control_request", request_id: `pleach-${++controls}`, request });
    return {
      begin() {
        control({ subtype: "initialize", hooks: null });
        conversation.send(userMessage(promptOf(session.request)));
        stopListening = session.context.onMessage((text) => {
          conversation.note(`[message] ${text}`);
          conversation.send(userMessage(text));
        });
      },
      hear(line) {
        for (const event of reader.read(line)) tell(event, session, conversation, reader);
      },
      interrupt: () => control({ subtype: "interrupt" }),
    };
  });
  stopListening();
  return reader.summary();
}

const userMessage = (text: string) => ({
  type: "user",
  message: { role: "user", content: [{ type: "text", text }] },
  parent_tool_use_id: null,
  session_id: "",
});

function tell(event: ClaudeEvent, session: Session, conversation: Conversation, reader: ClaudeReader): void {
  const { context, note, progress } = session;
  switch (event.kind) {
    case "session":
      context.report({ kind: "session", id: event.id });
      break;
    case "said":
      note(event.text);
      progress(event.text);
      break;
    case "acts":
      note(`[tool] ${event.what}`);
      break;
    case "asks":
      void conversation.owe(answer(event, session, conversation, reader));
      break;
    case "demands": {
      const response = { subtype: "error", request_id: event.requestId, error: `${event.subtype} is not supported` };
      conversation.send({ type: "control_response", response });
      break;
    }
    case "cost":
      context.report({ kind: "cost", usd: event.usd, tokens: event.tokens });
      break;
    case "locked":
      conversation.finish();
      break;
    case "turnOver":
      if (event.queued === 0 || context.signal.aborted) conversation.finish();
      break;
    case "noise":
      note(event.text);
      break;
  }
}

async function answer(
  { requestId, tool, input, toolUseId }: Extract<ClaudeEvent, { kind: "asks" }>,
  { context, note }: Session,
  conversation: Conversation,
  reader: ClaudeReader,
): Promise<void> {
  const { what, ...asked } = describeTool(tool, input);
  const answered = await context.requestPermission({ tool, ...asked });
  if (!answered.allow) {
    reader.deny(toolUseId);
    note(`[denied] ${what}: ${answered.reason}`);
  }
  const response = answered.allow
    ? { behavior: "allow", updatedInput: input }
    : { behavior: "deny", message: answered.reason };
  conversation.send({ type: "control_response", response: { subtype: "success", request_id: requestId, response } });
}
