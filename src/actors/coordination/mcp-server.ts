/**
 * The tools as an MCP server, whatever it is reached by. Loads the SDK: to be imported only when somebody speaks MCP.
 *
 * Clients give up on a call that takes long. One that asks for progress is told every few seconds that the wait goes
 * on; for any other, waits end before the usual limit of a minute, and the answer says how to go on.
 */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { ToolAnswer } from "./call.ts";
import { INSTRUCTIONS, TOOLS, type Tool } from "./tools.ts";

/** Carries out a call; never rejects. */
export type AnswerCall = (
  tool: string,
  args: unknown,
  options: { patienceMs: number; signal: AbortSignal },
) => Promise<ToolAnswer>;

const PROGRESS_MS = 5_000;
/** For clients without progress: less than the minute that they usually wait. */
const PATIENCE_MS = 45_000;
const LONG_PATIENCE_MS = 3_600_000;

/** As the protocol has it: arguments are always an object. */
function toMcpTool({ name, description, inputSchema }: Tool) {
  return { name, description, inputSchema: { ...inputSchema, type: "object" as const } };
}

/** A server for one client; `program` is name and version, as in `pleach 1.0.0`. */
export function createMcpServer(program: string, answer: AnswerCall): Server {
  const [name = "pleach", version = "0"] = program.split(" ");
  const server = new Server({ name, version }, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS.map(toMcpTool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const { progressToken } = params._meta ?? {};
    const tell = progressToken === undefined ? null : startProgress(progressToken, extra.sendNotification as Notify);
    try {
      const patienceMs = progressToken === undefined ? PATIENCE_MS : LONG_PATIENCE_MS;
      return toResult(await answer(params.name, params.arguments ?? {}, { patienceMs, signal: extra.signal }));
    } finally {
      if (tell !== null) clearInterval(tell);
    }
  });
  return server;
}

type Notify = (notification: { method: "notifications/progress"; params: Record<string, unknown> }) => Promise<void>;

function startProgress(progressToken: string | number, notify: Notify): NodeJS.Timeout {
  let progress = 0;
  return setInterval(() => {
    const params = { progressToken, progress: ++progress, message: "waiting" };
    // A client that is gone is found out by its own request.
    notify({ method: "notifications/progress", params }).catch(() => {});
  }, PROGRESS_MS);
}

function toResult({ kind, text, data }: ToolAnswer): { content: { type: "text"; text: string }[]; isError: boolean } {
  const facts = data === undefined ? [] : [{ type: "text" as const, text: JSON.stringify(data) }];
  return { content: [{ type: "text", text }, ...facts], isError: kind === "refused" };
}
