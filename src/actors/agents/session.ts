/**
 * One attempt of a real agent, whatever its protocol: its transcript is opened, its adapter holds one conversation or
 * several, and out of the summary that the adapter makes and the way the process ended comes the outcome.
 */
import type { AgentSpec } from "../../plan/model.ts";
import { sanitizeLine, sanitizeOutput } from "../../terminal-text/index.ts";
import {
  makeRedactor,
  openTranscript,
  type ProcessExited,
  type ProcessOutcome,
  type Redact,
  Transcript,
} from "../process/index.ts";
import {
  type AgentContext,
  type AgentOutcome,
  type AgentRequest,
  identityOf,
  notStarted,
  promptWithTools,
  toNotStarted,
} from "./agent.ts";
import { type Conversation, converse, type Protocol, SessionTranscript } from "./conversation.ts";
import { judgeSession } from "./judge-session.ts";
import { keepLastMessage } from "./last-message.ts";
import { hereAndNow } from "./reset-time.ts";
import { ServiceWord } from "./service-word.ts";
import type { SessionSummary } from "./session-summary.ts";
import type { WindowUse } from "./usage-windows.ts";

/** A real agent that says nothing for so long hangs; `inactivity` in pleach.yaml says otherwise. */
const DEFAULT_INACTIVITY_MS = 15 * 60_000;

/** The program of an agent, and what it needs besides the attempt's variables. */
export interface Program {
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** What readers of every protocol hear in the same words. */
export type CommonEvent =
  | { kind: "said"; text: string }
  | { kind: "acts"; what: string }
  /** Words for the transcript alone. */
  | { kind: "noise"; text: string }
  | { kind: "limit"; until: number | null; source: string }
  | WindowUse
  | { kind: "outage"; what: "overloaded" | "down" };

/** What an adapter works with. */
export interface Session {
  request: AgentRequest;
  context: AgentContext;
  agent: AgentSpec;
  redact: Redact;
  /** It may be silent for so long. */
  inactivityMs: number;
  note(text: string): void;
  /** Reports a line for the screen. */
  progress(text: string): void;
  /** Reports what a person ought to know. */
  warn(text: string): void;
  /** Reports how things stand with it now. */
  warnForNow(text: string): void;
  /** Takes an event down, and reports what others are to hear of it. */
  tell(event: CommonEvent): void;
  /** Runs a program of the agent and speaks with it. */
  converse(program: Program, speak: (conversation: Conversation) => Protocol): Promise<ProcessOutcome>;
}

/**
 * Holds a session from start to end. `work` gives the summary, its texts raw; `loginHint` is the adapter's. Never rejects
 * unless `work` does.
 */
export async function holdSession(
  request: AgentRequest,
  context: AgentContext,
  loginHint: string,
  work: (session: Session) => Promise<SessionSummary>,
): Promise<AgentOutcome> {
  const { agent } = request;
  if (agent === null) return notStarted("the task names no agent", "Name one that pleach.yaml defines.");
  if (context.signal.aborted)
    return notStarted("it was stopped before it started", "Resume the run to start it again.", true);
  const service = new ServiceWord(context);
  const redact = makeRedactor(request.env, request.tools === null ? [] : [request.tools.token]);
  const transcript = await openTranscript(request.transcript);
  if (!(transcript instanceof Transcript)) return toNotStarted(transcript);
  const record = new SessionTranscript(transcript, redact);
  const startedAt = performance.now();
  const ends: ProcessOutcome[] = [];
  let hasWarned = false;
  const session: Session = {
    request,
    context: service.context,
    agent,
    redact,
    inactivityMs: agent.inactivityMs ?? DEFAULT_INACTIVITY_MS,
    note: (text) => void record.note(text),
    warn(text) {
      hasWarned = true;
      context.report({ kind: "warning", text: sanitizeLine(redact(text)) });
    },
    warnForNow: (text) => context.report({ kind: "warning", text: sanitizeLine(redact(text)), isPassing: true }),
    progress: (text) => context.report({ kind: "progress", text: sanitizeLine(redact(text)) }),
    tell: (event) => tellCommon(session, event),
    async converse({ file, args, env = {} }, speak) {
      const limitMs = Math.min(request.timeoutMs, agent.timeoutMs ?? Number.POSITIVE_INFINITY);
      const ended = await converse(
        {
          command: { file, args },
          cwd: request.cwd,
          env: { ...request.env, ...env },
          signal: context.signal,
          executor: context.executor,
          identity: identityOf(request),
          timeoutMs: Math.max(1, limitMs - (performance.now() - startedAt)),
          inactivityMs: session.inactivityMs,
          ...(request.graceMs === undefined ? {} : { graceMs: request.graceMs }),
          record,
        },
        speak,
      );
      ends.push(ended);
      return ended;
    },
  };
  const summary = await work(session);
  const exits = ends.filter((end) => end.kind === "exited");
  const last = ends.at(-1);
  if (last?.kind !== "exited") {
    await transcript.finish();
    return last === undefined
      ? notStarted("the agent could not be started", "Look at its entry in pleach.yaml.")
      : toNotStarted(last);
  }
  const sum = (pick: (end: ProcessExited) => number) => exits.reduce((all, end) => all + pick(end), 0);
  const end = { ...last, durationMs: sum(({ durationMs }) => durationMs), tail: sanitizeOutput(transcript.tail) };
  const complaint = summary.complaint === null ? null : redact(summary.complaint);
  const unresolved = summary.unresolved.map((each) => ({ ...each, what: redact(each.what) }));
  const reading = hereAndNow();
  const judged = judgeSession({ ...summary, complaint, unresolved }, end, { name: agent.name, loginHint, reading });
  const verdict = service.complete(judged, reading.now);
  const said = verdict.ok ? keepLastMessage(summary.said, redact) : null;
  const swept = sum((each) => each.swept);
  // Its adapter may have said so already, by the names of what was left.
  if (verdict.ok && swept > 0 && !hasWarned) {
    const what = swept === 1 ? "a process" : `${swept} processes`;
    session.warn(
      `left ${what} running that its program knew nothing of: ended, and what it had yet to write is not there`,
    );
  }
  const word = verdict.ok ? "done" : `failed: ${verdict.reason ?? ""}`;
  record.note(`[${word}]`);
  return {
    ...end,
    ...verdict,
    said,
    tail: sanitizeOutput(transcript.tail),
    transcript: await transcript.finish(),
    swept,
    survivors: sum(({ survivors }) => survivors),
  };
}

function tellCommon({ context, note, progress }: Session, event: CommonEvent): void {
  switch (event.kind) {
    case "said":
      note(event.text);
      progress(event.text);
      break;
    case "acts":
      note(`[tool] ${event.what}`);
      break;
    case "noise":
      note(event.text);
      break;
    case "limit":
      // Names of accounts are addresses of people, which no log needs.
      context.report({ kind: "limit", until: event.until, account: null, source: event.source });
      break;
    case "window":
      context.report(event);
      break;
    case "outage":
      context.report({ kind: "outage", what: event.what, until: null });
      break;
  }
}

/** What an agent is told: all there is to say, or what is new to a session that goes on. */
export function promptOf(
  request: Pick<AgentRequest, "prompt" | "resumePrompt" | "dropBox" | "tools" | "session">,
): string {
  const { session, resumePrompt } = request;
  return session === null || resumePrompt === undefined ? promptWithTools(request) : resumePrompt;
}
