/**
 * Claude Code's tools: what an agent may use in a task, and what is taken from it, for it works alone, in one folder, until
 * its turn is over. Every tool that the program lists is named here; a test compares, so that a new one is noticed.
 */
import { type JsonRecord, textOf } from "../json-access.ts";

/** Tools that stay within the task. */
const FINE_TOOLS: ReadonlySet<string> = new Set([
  ...["Agent", "Task", "Skill", "ToolSearch", "ExitPlanMode", "ReportFindings", "StructuredOutput"],
  ...["Bash", "BashOutput", "KillShell", "PowerShell", "TaskOutput", "TaskStop"],
  ...["Edit", "MultiEdit", "NotebookEdit", "Write"],
  ...["Glob", "Grep", "LS", "LSP", "NotebookRead", "Read", "WebFetch", "WebSearch"],
  ...["TaskCreate", "TaskGet", "TaskList", "TaskUpdate", "TodoWrite"],
  ...["ListMcpResourcesTool", "ReadMcpResourceDirTool", "ReadMcpResourceTool", "RefreshMcpTools"],
]);

const NOBODY = "Nobody is there to answer: decide yourself, and say in your last message what you assumed.";
const LATER =
  "This session ends with your turn and is not woken up again: do it now, or say in your last message what is left.";
const HERE = "Work in the folder that you are in: what lies in another worktree is not part of this task's change.";
const OUT_OF_REACH = "This task has its own session only: use the tools of pleach to reach other tasks.";
const OUTSIDE =
  "It acts outside of this task's folder: leave it, and say in your last message what you would have done.";

/** Tools that reach beyond the task, with what its agent is told instead. */
export const REFUSED_TOOLS: Readonly<Record<string, string>> = {
  AskUserQuestion: NOBODY,
  EnterPlanMode: NOBODY,
  ShowOnboardingRolePicker: NOBODY,
  EnterWorktree: HERE,
  ExitWorktree: HERE,
  CronCreate: LATER,
  CronDelete: LATER,
  CronList: LATER,
  ScheduleWakeup: LATER,
  Monitor:
    "What you start runs on only until your turn is over: run the command in the background, and wait for its end.",
  Workflow: "It starts many agents of its own: do the work yourself, or use sub-agents one by one.",
  SendMessage: OUT_OF_REACH,
  ListAgents: OUT_OF_REACH,
  RemoteTrigger: OUTSIDE,
  PushNotification: OUTSIDE,
  Artifact: OUTSIDE,
  Projects: OUTSIDE,
};

/** The same, of programs that know them; others complain of a name that they do not know, so it is no argument. */
const REFUSED_WHEN_ASKED: Readonly<Record<string, string>> = {
  OfferChromeSetup: NOBODY,
  ProposeGoal: NOBODY,
  ProposeSkills: NOBODY,
  ReadNotifications: OUT_OF_REACH,
  TeamCreate: OUT_OF_REACH,
  TeamDelete: OUT_OF_REACH,
  ClaudeDesign: OUTSIDE,
  SendFeedback: OUTSIDE,
};

const SUB_AGENTS = ["Agent", "Task"];

/** The hooks that the program is asked to call: before a tool that may be refused, and instead of making a worktree. */
export const HOOKS = {
  PreToolUse: [
    {
      matcher: [...SUB_AGENTS, ...Object.keys(REFUSED_TOOLS), ...Object.keys(REFUSED_WHEN_ASKED)].join("|"),
      hookCallbackIds: ["tool"],
    },
  ],
  // A kind of sub-agents can ask for a worktree in its definition, where no tool says so.
  WorktreeCreate: [{ hookCallbackIds: ["worktree"] }],
};

/** Tools that a program lists and nobody has looked at yet. */
export function unknownTools(listed: readonly string[]): string[] {
  const isKnown = (tool: string) =>
    FINE_TOOLS.has(tool) || tool in REFUSED_TOOLS || tool in REFUSED_WHEN_ASKED || tool.startsWith("mcp__");
  return listed.filter((tool) => !isKnown(tool));
}

/** Why a tool is refused with this input; null when it is not. */
export function refuseTool(tool: string, input: JsonRecord): string | null {
  if (SUB_AGENTS.includes(tool)) {
    const isolation = textOf(input.isolation);
    if (isolation === null || isolation === "") return null;
    return `Start it again without \`isolation\`. ${HERE}`;
  }
  return REFUSED_TOOLS[tool] ?? REFUSED_WHEN_ASKED[tool] ?? null;
}

/** What the program gets for an answer when it calls one of `HOOKS`. No path of a worktree: none is made. */
export function answerHook(callback: string, tool: string, input: JsonRecord): object {
  const reason = callback === "tool" ? refuseTool(tool, input) : null;
  if (reason === null) return {};
  const refusal = { permissionDecision: "deny", permissionDecisionReason: reason };
  return { hookSpecificOutput: { hookEventName: "PreToolUse", ...refusal } };
}
