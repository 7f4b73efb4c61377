/**
 * Codex, one `codex exec` a turn: the prompt goes in on stdin, events come out. It cannot be spoken to while it works;
 * messages wait for the end of its turn and begin the next one in the same thread. It asks for no permissions either:
 * its own sandbox (`sandbox`, default workspace-write) keeps it in its worktree.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../../safe-files/index.ts";
import { type Agent, promptWithTools } from "../agent.ts";
import type { Protocol } from "../conversation.ts";
import { amountOf, parseRecord } from "../json-access.ts";
import { holdSession, promptOf, type Session } from "../session.ts";
import {
  EMPTY_SUMMARY,
  growthOf,
  NO_TOKENS,
  priceTokens,
  type SessionSummary,
  type Tokens,
  totalOf,
} from "../session-summary.ts";
import { LOGIN_HINT, programOf } from "./program.ts";
import { type CodexEvent, CodexReader } from "./read-codex.ts";

/** Three numbers; the folder is the agent's, who may put anything there. */
const MAX_USAGE_BYTES = 4 * 1024;
const THREAD_ID = /^[A-Za-z0-9-]{1,64}$/;

/** Runs an agent of kind `codex`. */
export const codexAgent: Agent = (request, context) =>
  holdSession(request, context, LOGIN_HINT, async (session) => {
    const waiting: string[] = [];
    const stopListening = context.onMessage((text) => waiting.push(text));
    try {
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
    } finally {
      stopListening();
    }
  });

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
  await mkdir(request.home, { recursive: true, mode: 0o700 });
  const reader = new CodexReader();
  let now = thread;
  let used: Tokens | null = null;
  const ended = await session.converse(programOf(request, thread), (conversation): Protocol => {
    const tell = (event: CodexEvent): void => {
      if (event.kind === "session") {
        if (thread !== null && event.id !== thread) note("[the earlier session is gone: a new one is begun]");
        now = event.id;
        session.context.report({ kind: "session", id: event.id });
      } else if (event.kind === "said") {
        note(event.text);
        session.progress(event.text);
      } else if (event.kind === "acts") note(`[tool] ${event.what}`);
      else if (event.kind === "used") used = event.tokens;
      else if (event.kind === "locked") conversation.finish();
      else note(event.text);
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
  const isNamed = thread !== null && THREAD_ID.test(thread);
  const file = isNamed ? join(request.home, `${thread}.usage.json`) : null;
  const before = file === null ? NO_TOKENS : await readUsage(file);
  const growth = growthOf(used, before);
  context.report({ kind: "cost", usd: priceTokens(growth, agent.price), tokens: totalOf(growth) });
  // When this cannot be kept, a later turn is counted twice: a budget then ends early, never late.
  if (file !== null)
    await writeAtomically(file, JSON.stringify(used), { durability: "none", mode: 0o600 }).catch(() => {});
}

async function readUsage(file: string): Promise<Tokens> {
  const read = await readUntrustedFile(file, { maxBytes: MAX_USAGE_BYTES });
  const written = parseRecord(read.kind === "read" ? read.bytes.toString("utf8") : "");
  const { input, cached, output } = written ?? {};
  return { input: amountOf(input) ?? 0, cached: amountOf(cached) ?? 0, output: amountOf(output) ?? 0 };
}
