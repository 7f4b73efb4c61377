/** Carries out a call of a tool: checks what came, lets the tool do its work, and words what goes wrong. */
import { messageOf, PleachError } from "../../errors.ts";
import { taskActor } from "../../protocol/address.ts";
import { explainMismatch, fillDefaults } from "./arguments.ts";
import { publishArtifact, readArtifact } from "./artifacts.ts";
import { type Caller, type CheckedCall, refused, type ToolAnswer, type ToolCall } from "./call.ts";
import type { Coordination } from "./coordination.ts";
import { askDecision, requestScope } from "./decisions.ts";
import { emitEvent, waitForEvent } from "./events.ts";
import { recordInsight, reportProgress, searchPatterns } from "./notes.ts";
import { claimResource, releaseResource, renewByUse } from "./resources.ts";
import { findTool, TOOL_NAMES, type ToolName } from "./tools.ts";

type Perform = (coordination: Coordination, call: CheckedCall) => Promise<ToolAnswer>;

const PERFORM: Readonly<Record<ToolName, Perform>> = {
  emit_event: emitEvent,
  wait_for_event: waitForEvent,
  publish_artifact: publishArtifact,
  read_artifact: readArtifact,
  claim_resource: claimResource,
  release_resource: releaseResource,
  search_patterns: searchPatterns,
  record_insight: recordInsight,
  ask_decision: askDecision,
  report_progress: reportProgress,
  request_scope: requestScope,
};

/** Answers a call of any tool. Never rejects. */
export async function dispatchToolCall(coordination: Coordination, call: ToolCall): Promise<ToolAnswer> {
  const { tool: name, args, ...rest } = call;
  const tool = findTool(name);
  if (tool === undefined) return refused(`There is no tool of that name; there are: ${TOOL_NAMES.join(", ")}.`);
  const wrong = explainMismatch(tool.inputSchema, args ?? {});
  if (wrong !== null) return refused(`${name}: ${wrong}. Correct the arguments and call again.`);
  const checked = { ...rest, args: fillDefaults(tool.inputSchema, (args ?? {}) as Record<string, unknown>) };
  try {
    await renewByUse(coordination, call.caller);
    return await addTold(coordination, call.caller, await PERFORM[tool.name](coordination, checked));
  } catch (thrown) {
    const isOver = thrown instanceof PleachError && thrown.code === "run.stopped";
    return refused(
      isOver ? "The run's host is stopping; nothing more can be done." : `${name} failed: ${messageOf(thrown)}`,
    );
  }
}

/** What a person told an agent that does not listen, it reads with the next answer that it gets. */
async function addTold(coordination: Coordination, { task }: Caller, answer: ToolAnswer): Promise<ToolAnswer> {
  const told = task === null ? [] : (coordination.runningTask(task)?.told ?? []);
  if (task === null || told.length === 0) return answer;
  await coordination.send({ to: taskActor(task), event: { type: "task.heard", count: told.length } });
  return { ...answer, text: `${answer.text}\n\nA person tells you meanwhile: ${told.join("\n\n")}` };
}
