/**
 * The agent that is a command: shell text of a task (`run`), or a program with arguments that gets the instruction.
 *
 * The task's prose goes where an argument says `{instruction}`, all that there is to say (role, goal, limits, findings)
 * where one says `{prompt}`; without either, the prose goes to its stdin. Neither is ever shell text, nor a flag: an
 * argument that would begin with `-` because of it gets a space in front.
 */
import type { Work } from "../../../plan/model.ts";
import type { FaultOf } from "../../../protocol/values.ts";
import {
  describeEnd,
  makeRedactedOutput,
  makeRedactor,
  type ProcessCommand,
  type ProcessExited,
} from "../../process/index.ts";
import {
  type AgentContext,
  type AgentOutcome,
  type AgentRequest,
  identityOf,
  notStarted,
  promptWithTools,
  toNotStarted,
} from "../agent.ts";

const PLACEHOLDER = /\{(instruction|prompt)\}/g;

/** Runs `work` of kind `run`, or the command of an agent of kind `command`. */
export async function commandAgent(request: AgentRequest, context: AgentContext): Promise<AgentOutcome> {
  const { work, agent } = request;
  const chosen = chooseCommand(request);
  if (chosen === null) {
    return notStarted(
      `the agent ${JSON.stringify(agent?.name ?? "")} names no command`,
      "Give it a `command` in pleach.yaml.",
    );
  }
  const redact = makeRedactor(request.env, request.tools === null ? [] : [request.tools.token]);
  const outcome = await context.executor.run({
    ...chosen,
    makeFilter: () => makeRedactedOutput(redact),
    cwd: request.cwd,
    env: request.env,
    transcript: request.transcript,
    timeoutMs: Math.min(request.timeoutMs, agent?.timeoutMs ?? Number.POSITIVE_INFINITY),
    ...(agent?.inactivityMs === undefined ? {} : { inactivityMs: agent.inactivityMs }),
    ...(request.graceMs === undefined ? {} : { graceMs: request.graceMs }),
    signal: context.signal,
    identity: identityOf(request),
  });
  if (outcome.kind === "notStarted") return toNotStarted(outcome);
  const reason = describeEnd(outcome);
  return { ...outcome, ok: reason === null, reason, faultOf: chooseFaultOf(work, outcome), failure: null };
}

function chooseCommand(request: AgentRequest): { command: ProcessCommand; input?: string } | null {
  const { work, agent } = request;
  if (work.kind === "run") return { command: work.command };
  if (agent?.command === undefined || agent.command.trim() === "") return null;
  const given = agent.args ?? [];
  const { instruction } = work;
  const args = given.map((arg) => fillIn(arg, { instruction, prompt: promptWithTools(request) }));
  const command = { file: agent.command, args };
  const isTold = given.some((arg) => arg.search(PLACEHOLDER) >= 0);
  return isTold ? { command } : { command, input: instruction };
}

function fillIn(arg: string, texts: { instruction: string; prompt: string }): string {
  const filled = arg.replaceAll(PLACEHOLDER, (_all, name: "instruction" | "prompt") => texts[name]);
  return filled.startsWith("-") && !arg.startsWith("-") ? ` ${filled}` : filled;
}

/** A task's own command is work. An agent's program that hangs or crashes is the agent's fault; an exit code is not. */
function chooseFaultOf(work: Work, outcome: ProcessExited): FaultOf {
  if (work.kind === "run") return "work";
  const crashed = outcome.signal !== null && !outcome.aborted && !outcome.timedOut;
  return crashed || outcome.inactive || isMissing(outcome.code) ? "agent" : "work";
}

const isMissing = (code: number | null) => code === 126 || code === 127;
