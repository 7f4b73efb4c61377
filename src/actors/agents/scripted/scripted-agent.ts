/**
 * The scripted agent: does a list of steps instead of thinking. It serves demos, tests and simulation, and obeys the
 * same rules as any agent: works in its worktree only, can be stopped at any moment, ends in time, leaves no process.
 *
 * All times are in milliseconds. The transcript gets one line for each step and the output of each command.
 */
import { setMaxListeners } from "node:events";
import type { ScriptStep } from "../../../plan/model.ts";
import { sanitizeLine, sanitizeOutput } from "../../../terminal-text/index.ts";
import { openTranscript, Transcript } from "../../process/index.ts";
import { type AgentContext, type AgentOutcome, type AgentRequest, notStarted, toNotStarted } from "../agent.ts";
import { keepLastMessage } from "../last-message.ts";
import { runStep, type StepResult } from "./script-steps.ts";

/** Runs the script of a task (`work.script`). */
export async function scriptedAgent(request: AgentRequest, context: AgentContext): Promise<AgentOutcome> {
  const script = request.work.kind === "agent" ? request.work.script : undefined;
  if (script === undefined) return notStarted("the task has no script", "Give it a `script:` with steps.");
  if (context.signal.aborted)
    return notStarted("it was stopped before it started", "Resume the run to start it again.", true);
  const transcript = await openTranscript(request.transcript);
  if (!(transcript instanceof Transcript)) return toNotStarted(transcript);
  const startedAt = performance.now();
  const limit = watchLimit(request, context.signal);
  let last: StepResult = { kind: "done" };
  let swept = 0;
  let survivors = 0;
  for (const [index, step] of script.entries()) {
    if (limit.signal.aborted) break;
    last = await runStep(step, { request, context, transcript, signal: limit.signal });
    swept += last.swept ?? 0;
    survivors += last.survivors ?? 0;
    if (last.kind === "failed") {
      last = { ...last, reason: `step ${index + 1}: ${last.reason}` };
      transcript.write(Buffer.from(`[failed] ${sanitizeLine(last.reason, 1_000)}\n`));
      break;
    }
  }
  limit.stop();
  const timedOut = limit.timedOut();
  const aborted = limit.signal.aborted && !timedOut;
  const ok = last.kind === "done" && !limit.signal.aborted;
  const reason = describeResult({ ok, timedOut, aborted, last, timeoutMs: request.timeoutMs });
  if (timedOut || aborted) transcript.write(Buffer.from(`[ended] ${reason}\n`));
  const tail = sanitizeOutput(transcript.tail);
  return {
    kind: "exited",
    ok,
    code: ok ? 0 : (last.code ?? 1),
    signal: null,
    reason,
    faultOf: last.kind === "failed" && last.faultOf === "agent" ? "agent" : "work",
    failure: null,
    said: ok ? keepLastMessage(lastSaid(script), (text) => text) : null,
    durationMs: Math.round(performance.now() - startedAt),
    timedOut,
    aborted,
    inactive: false,
    transcript: await transcript.finish(),
    tail,
    swept,
    survivors,
  };
}

/** The last thing that it is to say: an agent of any other kind ends with what it did. */
function lastSaid(script: readonly ScriptStep[]): string | null {
  return script.flatMap((step) => ("say" in step ? [step.say] : [])).at(-1) ?? null;
}

interface Ended {
  ok: boolean;
  timedOut: boolean;
  aborted: boolean;
  last: StepResult;
  timeoutMs: number;
}

function describeResult({ ok, timedOut, aborted, last, timeoutMs }: Ended): string | null {
  if (ok) return null;
  if (timedOut) return `was ended after its timeout of ${(timeoutMs / 1000).toFixed(1)} s`;
  if (aborted) return "was stopped";
  return last.kind === "failed" ? sanitizeLine(last.reason, 500) : "failed";
}

/** One signal for both ways of being ended: the caller's abort and the timeout. */
function watchLimit(request: AgentRequest, outer: AbortSignal) {
  const controller = new AbortController();
  setMaxListeners(0, outer, controller.signal);
  let timedOut = false;
  const limitMs = Math.min(request.timeoutMs, request.agent?.timeoutMs ?? Number.POSITIVE_INFINITY, 2 ** 31 - 1);
  const timer = setTimeout(() => {
    timedOut = !controller.signal.aborted;
    controller.abort();
  }, limitMs);
  const onAbort = () => controller.abort();
  outer.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    stop() {
      clearTimeout(timer);
      outer.removeEventListener("abort", onAbort);
    },
  };
}
