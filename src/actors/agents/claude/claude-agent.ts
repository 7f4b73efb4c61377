/**
 * Claude Code as one long conversation: the prompt goes in as a message, permissions are asked and answered over the
 * control protocol, further messages steer it, and an interrupt ends the turn in good order, with its cost.
 *
 * It works with the user's own login and settings unless the entry says `home: run`. What it may not do while nobody
 * watches (ask the user, leave its worktree, schedule itself) is taken from its tools.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Agent, type AgentRequest, wordRefusal } from "../agent.ts";
import type { Conversation, Protocol } from "../conversation.ts";
import { holdSession, type Program, promptOf, type Session } from "../session.ts";
import type { SessionSummary } from "../session-summary.ts";
import type { BackgroundTask } from "./background.ts";
import { HOME_VARIABLE, LOGIN_HINT, programOf, TOOLS } from "./program.ts";
import { type ClaudeEvent, ClaudeReader, describeTool } from "./read-claude.ts";
import { answerHook, HOOKS, refuseTool } from "./tools.ts";
import { TurnKeeper } from "./turn-keeper.ts";

/** An agent that does nothing but wait for its background work is reminded after so long, or a third of its `inactivity`. */
const MAX_PATIENCE_MS = 5 * 60_000;
const NO_SESSION = /No conversation found|requires a valid session ID|does not match any session/i;

/** Runs an agent of kind `claude`. */
export const claudeAgent: Agent = (request, context) =>
  holdSession(request, context, LOGIN_HINT, async (session) => {
    const config = await writeToolsConfig(request);
    try {
      const summary = await speakWithClaude(session, programOf(request, config));
      if (request.session === null || !NO_SESSION.test(summary.complaint ?? "")) return summary;
      for (const other of [await findSession(request), null]) {
        if (other === undefined) continue;
        if (other === null) session.note("[the earlier session is gone: a new one is begun]");
        const next = { ...request, session: other };
        const then = await speakWithClaude({ ...session, request: next }, programOf(next, config));
        if (other === null || !NO_SESSION.test(then.complaint ?? "")) return then;
      }
      return summary;
    } finally {
      if (config !== null) await rm(config, { force: true });
    }
  });

/** Older versions keep sessions by the folder that they worked in, and find one of another folder by its file only. */
async function findSession({ session, env, agent, home }: AgentRequest): Promise<string | undefined> {
  if (session === null || !/^[\w-]+$/.test(session)) return undefined;
  const own = agent?.env?.[HOME_VARIABLE] ?? (agent?.home === "run" ? home : env[HOME_VARIABLE]);
  const projects = join(own ?? join(env.HOME ?? "", ".claude"), "projects");
  const folders = await readdir(projects).catch(() => []);
  return folders.map((folder) => join(projects, folder, `${session}.jsonl`)).find((file) => existsSync(file));
}

/** A file that only the user can read, for arguments can be read by everybody. */
async function writeToolsConfig({ tools, home, task, attempt }: AgentRequest): Promise<string | null> {
  if (tools === null) return null;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = join(home, `${task}.${attempt}.mcp.json`);
  const headers = { Authorization: `Bearer ${tools.token}` };
  const server = { type: "http", url: tools.url, headers, alwaysLoad: true };
  await rm(file, { force: true });
  await writeFile(file, JSON.stringify({ mcpServers: { [TOOLS]: server } }), { mode: 0o600, flag: "wx" });
  return file;
}

async function speakWithClaude(session: Session, program: Program): Promise<SessionSummary> {
  const reader = new ClaudeReader(session.agent.price);
  let close = () => {};
  await session.converse(program, (conversation): Protocol => {
    const talk = new ClaudeTalk(session, conversation, reader);
    close = () => talk.close();
    return talk;
  });
  close();
  return reader.summary();
}

/** One process of the program, spoken with. */
class ClaudeTalk implements Protocol {
  readonly #session: Session;
  readonly #conversation: Conversation;
  readonly #reader: ClaudeReader;
  readonly #turns: TurnKeeper;
  #controls = 0;
  #hasEnded = false;
  #stopListening = () => {};

  constructor(session: Session, conversation: Conversation, reader: ClaudeReader) {
    this.#session = session;
    this.#conversation = conversation;
    this.#reader = reader;
    this.#turns = new TurnKeeper(Math.min(MAX_PATIENCE_MS, session.inactivityMs / 3), {
      wait: (tasks, mostMs) => session.warnForNow(describeWait(tasks, new Date(Date.now() + mostMs))),
      remind: (tasks) => this.#say(remindOf(tasks)),
      end: (tasks) => this.#end(tasks),
    });
  }

  begin(): void {
    const { request, context } = this.#session;
    this.#control({ subtype: "initialize", hooks: HOOKS });
    this.#send(promptOf(request));
    this.#stopListening = context.onMessage((text) => this.#say(text));
  }

  hear(line: string): void {
    for (const event of this.#reader.read(line)) this.#tell(event);
    this.#turns.hear();
  }

  interrupt(): void {
    this.#control({ subtype: "interrupt" });
    if (this.#turns.isIdle) this.#end(this.#turns.tasks);
  }

  close(): void {
    this.#stopListening();
    this.#turns.stop();
  }

  #control(request: object): void {
    this.#conversation.send({ type: "control_request", request_id: `pleach-${++this.#controls}`, request });
  }

  #say(text: string): void {
    this.#conversation.note(`[message] ${text}`);
    this.#send(text);
  }

  #send(text: string): void {
    this.#turns.begin();
    this.#conversation.send(userMessage(text));
  }

  #end(tasks: readonly BackgroundTask[]): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (tasks.length > 0) {
      const left = describeLeft(tasks);
      this.#session.note(`[${left}]`);
      if (!this.#session.context.signal.aborted) this.#session.warn(left);
      this.#reader.leave(tasks);
    }
    for (const { id } of tasks) this.#control({ subtype: "stop_task", task_id: id });
    this.#turns.stop();
    this.#conversation.finish();
  }

  #tell(event: ClaudeEvent): void {
    const { context, note } = this.#session;
    switch (event.kind) {
      case "session":
        context.report({ kind: "session", id: event.id });
        break;
      case "said":
      case "acts":
      case "noise":
      case "limit":
      case "outage":
      case "window":
        this.#session.tell(event);
        break;
      case "asks":
        void this.#conversation.owe(this.#answer(event));
        break;
      case "hooks": {
        const { requestId, callback, tool, input } = event;
        const reason = callback === "tool" ? refuseTool(tool, input) : null;
        if (reason !== null) note(`[denied] ${tool}: ${reason}`);
        this.#respond(requestId, answerHook(callback, tool, input));
        break;
      }
      case "demands": {
        const response = { subtype: "error", request_id: event.requestId, error: `${event.subtype} is not supported` };
        this.#conversation.send({ type: "control_response", response });
        break;
      }
      case "cost":
        context.report({ kind: "cost", ...event.spent });
        break;
      case "locked":
        this.#conversation.finish();
        break;
      case "turnBegins":
        this.#turns.begin();
        break;
      case "turnOver":
        if (context.signal.aborted) this.#end(this.#turns.tasks);
        else this.#turns.over(event.queued);
        break;
      case "state":
        this.#turns.state(event.isIdle);
        break;
      case "background":
        this.#turns.background(event.tasks);
        break;
    }
  }

  async #answer({ requestId, tool, input, toolUseId }: Extract<ClaudeEvent, { kind: "asks" }>): Promise<void> {
    const { what, ...asked } = describeTool(tool, input);
    const answered = await this.#session.context.requestPermission({ tool, ...asked });
    if (!answered.allow) {
      this.#reader.deny(toolUseId);
      this.#session.note(`[denied] ${what}: ${answered.reason}`);
    }
    const allowed = { behavior: "allow", updatedInput: input };
    this.#respond(requestId, answered.allow ? allowed : { behavior: "deny", message: wordRefusal(answered) });
  }

  #respond(requestId: string, response: object): void {
    this.#conversation.send({
      type: "control_response",
      response: { subtype: "success", request_id: requestId, response },
    });
  }
}

/** What still runs, for the agent: it may have forgotten it, or wait for something that it needs. */
function remindOf(tasks: readonly BackgroundTask[]): string {
  const names = tasks.map(({ what }) => `- ${what}`).join("\n");
  return `Still running in the background:\n${names}\nWork has to end with your turn. Stop now what you no longer need, such as a server, and say what came of the rest. What is still running a while after this turn is ended.`;
}

/** `until` by the clock of this machine. */
function describeWait(tasks: readonly BackgroundTask[], until: Date): string {
  const [hour, minute] = [until.getHours(), until.getMinutes()].map((part) => String(part).padStart(2, "0"));
  const what = tasks.map((task) => task.what).join("; ");
  return `waits for its background work: ${what}, until ${hour}:${minute} if nothing comes of it`;
}

/** The same, for people. */
function describeLeft(tasks: readonly BackgroundTask[]): string {
  const count = (kind: BackgroundTask["kind"], one: string, more: string) => {
    const { length } = tasks.filter((task) => task.kind === kind);
    return length === 0 ? [] : [`${length} ${length === 1 ? one : more}`];
  };
  const counts = [...count("command", "command", "commands"), ...count("agent", "sub-agent", "sub-agents")];
  return `left ${counts.join(" and ")} running in the background (${tasks.map(({ what }) => what).join("; ")}): ended`;
}

const userMessage = (text: string) => ({
  type: "user",
  message: { role: "user", content: [{ type: "text", text }] },
  parent_tool_use_id: null,
  session_id: "",
});
