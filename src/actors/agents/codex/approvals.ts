/**
 * Answers what Codex' app-server asks. Which approvals it asks for follows from its sandbox:
 *
 * `workspace-write`, `read-only`: policy `on-request`. Commands run in the sandbox without a question, changes of files
 *    inside of it too; it asks for what lies beyond. There files are allowed by the task's scope, and nothing else:
 *    a command that is approved runs without any sandbox.
 * `danger-full-access`: policy `untrusted`, for there is no sandbox to lose. It asks for each change of files and each
 *    command that is not known to read only; both are decided on as for any other agent.
 */
import type { AgentContext, PermissionAnswer } from "../agent.ts";
import { type JsonRecord, listOf, textOf } from "../json-access.ts";
import { shorten } from "../session-summary.ts";
import type { Asked, SandboxMode, Sent, ToolRequestUserInputQuestion } from "./app-server-types.ts";
import { type Heard, heard, wordOf } from "./heard.ts";
import { TOOLS } from "./program.ts";
import type { Act } from "./read-server.ts";

/** What is said to a question of the program. */
export interface Answer {
  /** Null: it is answered with an error. */
  result: Asked[keyof Asked]["answer"] | null;
  /** What was refused, why, and what to do instead. */
  refused: { what: string; reason: string; advice?: string } | null;
}

const FREE: SandboxMode = "danger-full-access";
const READ_ONLY: SandboxMode = "read-only";

/** The approval policy for a sandbox. */
export const policyFor = (sandbox: string): NonNullable<Sent["thread/start"]["approvalPolicy"]> =>
  sandbox === FREE ? "untrusted" : "on-request";

interface Asking {
  sandbox: string;
  /** What the item that it asks for does; null when that is not known. */
  act: Act | null;
  requestPermission: AgentContext["requestPermission"];
}

type Method = keyof Asked;
const PERMISSIONS: Method = "item/permissions/requestApproval";

/** Whether a question concerns the item that it names. */
export const itemOf = ({ params }: JsonRecord): unknown =>
  heard<Asked["item/fileChange/requestApproval"]["params"]>(params).itemId;

/** Decides on a request of the program; never rejects. */
export async function answerRequest({ method, params }: JsonRecord, asking: Asking): Promise<Answer> {
  switch (wordOf<Method>(method)) {
    case "item/fileChange/requestApproval":
      return decide(asking.act?.what ?? "a change of files", await judgeChange(asking));
    case "item/commandExecution/requestApproval": {
      const asked = heard<Asked["item/commandExecution/requestApproval"]["params"]>(params);
      const what = shorten(textOf(asked.command) ?? asking.act?.what ?? "a command");
      return decide(what, await judgeCommand(asked, asking));
    }
    case PERMISSIONS: {
      const reason = `it may do no more than its sandbox (${asking.sandbox}) lets it`;
      const result: Asked[typeof PERMISSIONS]["answer"] = { permissions: {}, scope: "turn" };
      return { result, refused: { what: "further permissions", reason } };
    }
    case "item/tool/requestUserInput": {
      const { questions } = heard<Asked["item/tool/requestUserInput"]["params"]>(params);
      const ids = listOf(questions).flatMap((each) => textOf(heard<ToolRequestUserInputQuestion>(each).id) ?? []);
      const answer = { answers: ["Nobody is here to answer. Decide for yourself, and say what you decided."] };
      return { result: { answers: Object.fromEntries(ids.map((id) => [id, answer])) }, refused: null };
    }
    case "mcpServer/elicitation/request": {
      const { serverName } = heard<Asked["mcpServer/elicitation/request"]["params"]>(params);
      const server = textOf(serverName) ?? "?";
      if (server === TOOLS) return { result: { action: "accept", content: {}, _meta: null }, refused: null };
      const reason = `nobody is here to answer; say in Codex' configuration that tools of ${server} are approved`;
      const refused = { what: `a question of the tools of ${server}`, reason };
      return { result: { action: "decline", content: null, _meta: null }, refused };
    }
    default:
      return { result: null, refused: null };
  }
}

function decide(what: string, answer: PermissionAnswer): Answer {
  if (answer.allow) return { result: { decision: "accept" }, refused: null };
  const { allow: _, ...why } = answer;
  return { result: { decision: "decline" }, refused: { what, ...why } };
}

async function judgeChange({ act, sandbox, requestPermission }: Asking): Promise<PermissionAnswer> {
  if (act === null || act.paths.length === 0) return { allow: false, reason: "it does not say which files" };
  if (sandbox === READ_ONLY) return { allow: false, reason: `it works in a sandbox that is ${READ_ONLY}` };
  return requestPermission({ tool: "apply_patch", paths: act.paths, command: null, reads: false });
}

async function judgeCommand(
  { kind, command, networkApprovalContext }: Heard<Asked["item/commandExecution/requestApproval"]["params"]>,
  { sandbox, requestPermission }: Asking,
): Promise<PermissionAnswer> {
  if (wordOf<Asked["item/commandExecution/requestApproval"]["params"]["kind"]>(kind) === "humanCommand")
    return { allow: false, reason: "only a person may approve it, and nobody is here" };
  if (sandbox !== FREE) {
    const beyond = networkApprovalContext ?? null;
    const where = beyond === null ? "outside of" : "for more of the network than";
    return { allow: false, reason: `it may not be run ${where} its sandbox (${sandbox})` };
  }
  return requestPermission({ tool: "exec_command", paths: [], command: textOf(command), reads: false });
}
