/** Which tool of an agent does what a line wants: each agent has its own names. */
import { type Call, type OfferedTool, SEARCH } from "./dialect.ts";
import type { Line } from "./line.ts";

/** The agent's own tool for what the line wants; null when it wants none, or the agent offers none at all. */
export function chooseCall({ write, read, run, call, own }: Line, tools: readonly OfferedTool[]): Call | null {
  if (tools.length === 0) return null;
  const find = (...names: string[]) => names.flatMap((name) => tools.filter((tool) => tool.name === name)).at(0);
  const named = (tool: OfferedTool | undefined, fallback: string, input: object | string): Call => ({
    name: tool?.name ?? fallback,
    ...(tool?.namespace === undefined ? {} : { namespace: tool.namespace }),
    input,
  });
  if (own !== undefined) return named(find(own.name), own.name, own.args);
  if (write !== undefined) return chooseWrite(write, find, named);
  if (read !== undefined) {
    const tool = find("Read", "read_file", "read", "view");
    // It takes no parameter that it does not know.
    if (tool?.name === "Read") return named(tool, tool.name, { file_path: read });
    if (tool !== undefined)
      return named(tool, tool.name, { file_path: read, filePath: read, path: read, absolute_path: read });
    return chooseRun(`cat '${read}'`, find, named);
  }
  if (run !== undefined) return chooseRun(run, find, named);
  if (call === undefined) return null;
  const offered = tools.find(({ name }) => name.endsWith(call.name));
  if (offered === undefined && tools.some(({ name }) => name === SEARCH))
    return { name: SEARCH, input: { query: call.name, limit: 8 } };
  return named(offered, call.name, call.args);
}

type Find = (...names: string[]) => OfferedTool | undefined;
type Named = (tool: OfferedTool | undefined, fallback: string, input: object | string) => Call;

function chooseWrite({ path, content }: { path: string; content: string }, find: Find, named: Named): Call {
  const whole = find("Write", "write_file");
  if (whole !== undefined) return named(whole, whole.name, { file_path: path, content });
  const camel = find("write");
  if (camel !== undefined) return named(camel, camel.name, { filePath: path, content });
  const create = find("create");
  if (create !== undefined) return named(create, create.name, { path, file_text: content });
  const lines = content.replace(/\n$/, "").split("\n");
  const added = lines.map((line) => `+${line}`).join("\n");
  const patch = `*** Begin Patch\n*** Add File: ${path}\n${added}\n*** End Patch\n`;
  const patches = find("apply_patch");
  return named(patches, "apply_patch", patches?.isFree === false ? { input: patch, patchText: patch } : patch);
}

function chooseRun(command: string, find: Find, named: Named): Call {
  const shell = find("Bash", "bash", "run_shell_command");
  if (shell === undefined) return named(find("exec_command"), "exec_command", { cmd: command });
  const more = shell.name === "run_shell_command" ? { is_background: false } : {};
  return named(shell, shell.name, { command, description: "a command", ...more });
}
