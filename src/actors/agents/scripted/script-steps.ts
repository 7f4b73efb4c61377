/** One step of a script, performed. The switch over what a step holds is the whole language. */
import type { ScriptStep } from "../../../plan/model.ts";
import { describeEnd, makeRedactor, redactOutput, type Transcript } from "../../process/index.ts";
import { type AgentContext, type AgentRequest, identityOf } from "../agent.ts";
import { appendInside, editInside, type FileStepResult, removeInside, writeInside } from "./script-files.ts";

export interface StepContext {
  request: AgentRequest;
  context: AgentContext;
  transcript: Transcript;
  /** Aborted on the caller's abort and on the attempt's timeout. */
  signal: AbortSignal;
}

interface Leftovers {
  swept?: number;
  survivors?: number;
  code?: number | null;
}

export type StepResult =
  | ({ kind: "done" } & Leftovers)
  | ({ kind: "failed"; reason: string; faultOf?: "agent" } & Leftovers);

/** An `await` without a timeout waits as long as the attempt may last. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** Performs a step; ends early when the signal is aborted. Never rejects. */
export async function runStep(step: ScriptStep, on: StepContext): Promise<StepResult> {
  const { request, context } = on;
  const { cwd } = request;
  if ("write" in step) return noteFile(on, await writeInside(cwd, step.write, step.content));
  if ("edit" in step) return noteFile(on, await editInside(cwd, step.edit, step.find, step.replace));
  if ("append" in step) return noteFile(on, await appendInside(cwd, step.append, step.content));
  if ("remove" in step) return noteFile(on, await removeInside(cwd, step.remove));
  if ("run" in step) return runCommand(step.run, on);
  if ("emit" in step) {
    note(on, "emit", step.emit);
    context.report({ kind: "emit", type: step.emit, payload: step.payload ?? null });
    return { kind: "done" };
  }
  if ("await" in step) return awaitEvent(step, on);
  if ("sleep" in step) {
    note(on, "sleep", `${step.sleep} ms`);
    await sleep(step.sleep, on.signal);
    return { kind: "done" };
  }
  if ("say" in step) {
    on.transcript.write(Buffer.from(`${step.say}\n`));
    context.report({ kind: "progress", text: step.say });
    return { kind: "done" };
  }
  if ("fail" in step) return failOnPurpose(step, on);
  const { usd = 0, tokens = 0 } = step.cost;
  note(on, "cost", `${usd} USD, ${tokens} tokens`);
  context.report({ kind: "cost", usd, tokens });
  return { kind: "done" };
}

function note(on: StepContext, verb: string, text: string): void {
  on.transcript.write(Buffer.from(`[${verb}] ${text}\n`));
}

function noteFile(on: StepContext, result: FileStepResult): StepResult {
  if (result.kind === "failed") return result;
  note(on, "file", result.text);
  return { kind: "done" };
}

async function runCommand(command: string, on: StepContext): Promise<StepResult> {
  const { request, context, transcript, signal } = on;
  const { cwd, env, agent, graceMs } = request;
  const shown = makeRedactor(env)(command);
  note(on, "run", shown);
  const outcome = await context.executor.run({
    command,
    cwd,
    env,
    ...redactOutput({ env }),
    transcript,
    signal,
    identity: identityOf(request),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(agent?.inactivityMs === undefined ? {} : { inactivityMs: agent.inactivityMs }),
  });
  if (outcome.kind === "notStarted") return { kind: "failed", reason: `${outcome.reason}. ${outcome.hint}` };
  const { swept, survivors, code } = outcome;
  const why = describeEnd(outcome);
  if (why === null) return { kind: "done", swept, survivors };
  return { kind: "failed", reason: `\`${shown}\` ${why}`, swept, survivors, code };
}

async function awaitEvent(step: Extract<ScriptStep, { await: string }>, on: StepContext): Promise<StepResult> {
  const { stream, timeoutMs = NO_LIMIT_MS } = step;
  const from = stream === undefined ? "" : ` from ${stream}`;
  note(on, "await", `${step.await}${from}`);
  const { signal } = on;
  const wanted = { type: step.await, ...(stream === undefined ? {} : { stream }), timeoutMs, signal };
  // Ends with the signal whatever `waitFor` does.
  const came = await Promise.race([on.context.waitFor(wanted).catch(() => false), whenAborted(signal)]);
  return came
    ? { kind: "done" }
    : { kind: "failed", reason: `no event ${step.await}${from} came within ${timeoutMs} ms` };
}

function failOnPurpose(step: Extract<ScriptStep, { fail: string }>, on: StepContext): StepResult {
  if (step.attempts !== undefined && on.request.attempt > step.attempts) {
    note(on, "fail", `passed over in attempt ${on.request.attempt}`);
    return { kind: "done" };
  }
  return { kind: "failed", reason: step.fail, ...(step.agent === true ? { faultOf: "agent" as const } : {}) };
}

function whenAborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener("abort", () => resolve(false), { once: true });
  });
}

function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(durationMs, NO_LIMIT_MS));
    signal.addEventListener("abort", wake, { once: true });
  });
}
