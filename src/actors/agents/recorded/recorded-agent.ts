/**
 * The agent that plays a recorded session back: the same changes, the same events in the same order, none of the
 * thinking, and no cost. It waits where the session had waited for an event that came, so that what depends on others
 * stays in order; other pauses are left out.
 */
import { setMaxListeners } from "node:events";
import { messageOf } from "../../../errors.ts";
import { sanitizeLine, sanitizeOutput } from "../../../terminal-text/index.ts";
import { applyPatch } from "../../git/index.ts";
import { openTranscript, Transcript } from "../../process/index.ts";
import { type AgentContext, type AgentOutcome, type AgentRequest, notStarted, toNotStarted } from "../agent.ts";
import { keepLastMessage } from "../last-message.ts";
import { findSession, type RecordedSession, type SessionStep } from "./recording.ts";

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Plays the newest good session of the task in `request.recordings`. */
export async function recordedAgent(request: AgentRequest, context: AgentContext): Promise<AgentOutcome> {
  const { recordings, task, agent } = request;
  if (recordings === undefined) {
    const reason = `the agent ${JSON.stringify(agent?.name ?? "")} does not say where its sessions are`;
    return notStarted(reason, "Give it `from:` in pleach.yaml, with the id of a run or a folder of sessions.");
  }
  const session = await findSession(recordings, task);
  if (typeof session === "string") {
    const hint =
      "Sessions are recorded whenever an agent works: let one do this task first, and name that run in `from:`.";
    return notStarted(sanitizeLine(session, 500), hint);
  }
  const transcript = await openTranscript(request.transcript);
  if (!(transcript instanceof Transcript)) return toNotStarted(transcript);
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(Math.min(request.timeoutMs, MAX_TIMER_MS));
  const signal = AbortSignal.any([context.signal, timeout]);
  setMaxListeners(0, signal);
  const note = (line: string): void => void transcript.write(Buffer.from(`${sanitizeLine(line, 1_000)}\n`));
  const { run, attempt, agent: by } = session.header;
  note(`[recorded] attempt ${attempt} of run ${run}, by ${by}`);
  const failure = await play(session, { request, context, signal, note });
  const timedOut = timeout.aborted && failure !== null;
  const aborted = context.signal.aborted && failure !== null;
  const reason = aborted ? "was stopped" : timedOut ? "was ended after its timeout" : failure;
  if (reason !== null) note(`[failed] ${reason}`);
  const tail = sanitizeOutput(transcript.tail);
  return {
    kind: "exited",
    ok: reason === null,
    code: reason === null ? 0 : 1,
    signal: null,
    reason: reason === null ? null : sanitizeLine(reason, 500),
    faultOf: "work",
    failure: null,
    said: reason === null ? keepLastMessage(session.end.said ?? null, (text) => text) : null,
    durationMs: Math.round(performance.now() - startedAt),
    timedOut,
    aborted,
    inactive: false,
    transcript: await transcript.finish(),
    tail,
    swept: 0,
    survivors: 0,
  };
}

interface Stage {
  request: AgentRequest;
  context: AgentContext;
  signal: AbortSignal;
  note: (line: string) => void;
}

/** Why it could not be played to its end, or null. The files come first, for what is published may name them. */
async function play({ steps, patch }: RecordedSession, stage: Stage): Promise<string | null> {
  const { request, context, signal, note } = stage;
  const why = patch === null ? null : await applyPatch(request.cwd, patch).catch(messageOf);
  if (why !== null) return `the recorded changes do not apply to this base: ${why}`;
  note(patch === null ? "[file] nothing was changed" : "[file] the recorded changes were applied");
  const spent = { usd: 0, tokens: 0 };
  for (const step of steps) {
    if (signal.aborted) return "was ended";
    if ("report" in step && step.report.kind === "cost") {
      spent.usd += step.report.usd;
      spent.tokens += step.report.tokens;
      continue;
    }
    const failed = await playStep(step, stage);
    if (failed !== null) return failed;
  }
  if (spent.usd > 0 || spent.tokens > 0) {
    note(`[cost] the session had cost ${spent.usd} USD, ${spent.tokens} tokens; played back it costs nothing`);
    context.report({ kind: "cost", usd: 0, tokens: 0 });
  }
  return null;
}

async function playStep(step: SessionStep, { context, signal, note }: Stage): Promise<string | null> {
  if ("report" in step) {
    const { report } = step;
    // The conversation cannot be gone on with: there is none.
    if (report.kind === "session") return null;
    note(report.kind === "emit" ? `[emit] ${report.type}` : report.kind === "progress" ? report.text : "");
    context.report(report);
    return null;
  }
  if ("awaited" in step) {
    const { type, stream } = step.awaited;
    note(`[await] ${type}`);
    const wanted = { type, ...(stream === undefined ? {} : { stream }), timeoutMs: MAX_TIMER_MS, signal };
    return (await context.waitFor(wanted))
      ? null
      : `the event ${type}, which the recorded session had waited for, did not come`;
  }
  const answer = await context.call?.(step.tool, step.args);
  note(`[${step.tool}] ${answer?.text ?? "there are no coordination tools"}`);
  return null;
}
