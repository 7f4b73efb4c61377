/**
 * Codex by `codex exec`, one process a turn, for versions that have no app-server: the prompt goes in on stdin, events come
 * out. It cannot be spoken to while it works; messages wait for the end of its turn and begin the next one in the same
 * thread. It asks for no permissions either: its own sandbox keeps it in its worktree.
 */
import { promptWithTools } from "../agent.ts";
import type { Protocol } from "../conversation.ts";
import { promptOf, type Session } from "../session.ts";
import {
  EMPTY_SUMMARY,
  growthOf,
  NO_TOKENS,
  priceTokens,
  type SessionSummary,
  type Tokens,
  totalOf,
} from "../session-summary.ts";
import { execProgramOf } from "./program.ts";
import { type CodexEvent, CodexReader } from "./read-exec.ts";
import { readUsageNote, writeUsageNote } from "./usage-note.ts";

/** Works turn by turn; takes its messages from `waiting`. */
export async function workByExec(session: Session, waiting: string[]): Promise<SessionSummary> {
  const { request } = session;
  let turn = await takeTurn(session, { thread: request.session, prompt: promptOf(request) });
  if (turn.isThreadGone) {
    session.note("[the earlier session is gone: a new one is begun]");
    turn = await takeTurn(session, { thread: null, prompt: promptWithTools(request) });
  }
  while (turn.summary.ending === "completed" && waiting.length > 0 && turn.thread !== null) {
    const prompt = waiting.splice(0).join("\n\n");
    session.note(`[message] ${prompt}`);
    turn = await takeTurn(session, { thread: turn.thread, prompt });
  }
  return turn.summary;
}

interface Turn {
  /** The thread to go on with; null begins one. */
  thread: string | null;
  prompt: string;
}

interface TurnTaken {
  summary: SessionSummary;
  thread: string | null;
  isThreadGone: boolean;
}

async function takeTurn(session: Session, { thread, prompt }: Turn): Promise<TurnTaken> {
  const { request, note } = session;
  const reader = new CodexReader();
  let now = thread;
  let used: Tokens | null = null;
  const ended = await session.converse(execProgramOf(request, thread), (conversation): Protocol => {
    const tell = (event: CodexEvent): void => {
      if (event.kind === "session") {
        if (thread !== null && event.id !== thread) note("[the earlier session is gone: a new one is begun]");
        now = event.id;
        session.context.report({ kind: "session", id: event.id });
      } else if (event.kind === "used") used = event.tokens;
      else if (event.kind === "locked") conversation.finish();
      else session.tell(event);
    };
    return {
      begin: () => conversation.give(prompt),
      hear: (line) => {
        for (const event of reader.read(line)) tell(event);
      },
      complain: (line) => reader.readError(line),
    };
  });
  if (used !== null) await reportGrowth(session, now, used);
  const summary = ended.kind === "exited" ? reader.summary() : EMPTY_SUMMARY;
  return { summary, thread: now, isThreadGone: thread !== null && reader.isThreadGone };
}

/** Codex counts the whole thread: what was counted in earlier turns, also of earlier attempts, is taken off. */
async function reportGrowth({ request, context, agent }: Session, thread: string | null, used: Tokens): Promise<void> {
  const before = thread === null ? null : await readUsageNote(request.home, thread);
  const growth = growthOf(used, before ?? NO_TOKENS);
  context.report({ kind: "cost", usd: priceTokens(growth, agent.price), tokens: totalOf(growth) });
  if (thread !== null) await writeUsageNote(request.home, thread, used);
}
