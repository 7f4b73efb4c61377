/**
 * Any agent that speaks the Agent Client Protocol over stdio. It asks for permissions; messages wait for the end of its
 * turn and begin the next. What agents make of the protocol differs: `quirks.ts`.
 *
 * `sandbox` names the session mode to work in, `model` one of the models that the agent offers for the session.
 */
import type {
  ClientContext,
  McpServer,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from "@agentclientprotocol/sdk";
import { type Agent, promptWithTools, wordRefusal } from "../agent.ts";
import type { Conversation, Protocol } from "../conversation.ts";
import { type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { holdSession, promptOf, type Session } from "../session.ts";
import { priceTokens, totalOf } from "../session-summary.ts";
import { type AcpLink, openAcpLink } from "./acp-link.ts";
import { loginHintOf, programOf } from "./program.ts";
import { type AcpEvent, AcpReader, isReading } from "./read-acp.ts";

const PROTOCOL_VERSION = 1;
/** How often an agent that ends its turn over a refusal is told to go on without what it wanted. */
const MAX_NUDGES = 2;

/** Runs an agent of kind `acp`. */
export const acpAgent: Agent = (request, context) =>
  holdSession(request, context, loginHintOf(request), async (session) => {
    const reader = new AcpReader();
    const client = new AcpClient(session, reader);
    // From the start: what is said before the agent is ready waits for it.
    const stopListening = context.onMessage((text) => client.say(text));
    await session.converse(programOf(request), (conversation) => client.speak(conversation));
    stopListening();
    await client.close();
    return reader.summary();
  });

/** Whether the agent takes MCP servers over HTTP. */
const reachesTools = (able: JsonRecord): boolean => recordOf(able.mcpCapabilities).http === true;

class AcpClient {
  readonly #session: Session;
  readonly #reader: AcpReader;
  readonly #waiting: string[] = [];
  #id: string | null = null;
  #link: Promise<AcpLink> | null = null;
  #work: Promise<void> = Promise.resolve();
  #isStopping = false;
  #isClosed = false;
  #refusal = "";

  constructor(session: Session, reader: AcpReader) {
    this.#session = session;
    this.#reader = reader;
  }

  /** Begins another turn with this text, once the one under way is over. */
  say(text: string): void {
    this.#waiting.push(text);
  }

  speak(conversation: Conversation): Protocol {
    const link = openAcpLink(conversation.send, (asked) => this.#answer(asked, conversation));
    this.#link = link;
    return {
      begin: () => {
        this.#work = link
          .then(({ agent }) => this.#drive(agent))
          .catch((error) => {
            if (!this.#isClosed) this.#reader.fail(error);
          })
          .finally(conversation.finish);
      },
      hear: (line) => {
        const message = parseRecord(line);
        if (message === null) {
          if (line.trim() !== "") conversation.note(line);
          return;
        }
        this.#tell(this.#reader.read(message));
        void link.then(({ take }) => take(message));
      },
      interrupt: () => {
        this.#isStopping = true;
        const sessionId = this.#id;
        if (sessionId === null) conversation.finish();
        else void link.then(({ agent }) => agent.notify("session/cancel", { sessionId })).catch(() => {});
      },
    };
  }

  /** The agent is gone; waits until nothing of the conversation is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const link = await this.#link;
    link?.close();
    await this.#work;
  }

  async #drive(agent: ClientContext): Promise<void> {
    const { request, context } = this.#session;
    const about = recordOf(
      await agent.request("initialize", {
        protocolVersion: PROTOCOL_VERSION,
        clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
        clientInfo: { name: "pleach", version: "1" },
      }),
    );
    const able = recordOf(about.agentCapabilities);
    const opened = await this.#open(agent, able);
    const sessionId = opened.id;
    this.#id = sessionId;
    context.report({ kind: "session", id: sessionId });
    await this.#configure(agent, sessionId, opened.state);
    this.#reader.beginSession();
    const asked = { ...request, tools: reachesTools(able) ? request.tools : null };
    let prompt: string | null = opened.isNew ? promptWithTools(asked) : promptOf(asked);
    for (let nudges = 0; prompt !== null && !this.#isStopping; ) {
      this.#reader.beginTurn();
      await agent.request("session/prompt", { sessionId, prompt: [{ type: "text", text: prompt }] });
      const isRefused = this.#reader.wasDenied && this.#reader.quirks.rejected === "ends";
      if (this.#waiting.length > 0) prompt = this.#waiting.splice(0).join("\n\n");
      else if (isRefused && nudges++ < MAX_NUDGES) prompt = `That was refused: ${this.#refusal}. Go on without it.`;
      else prompt = null;
      if (prompt !== null) this.#session.note(`[message] ${prompt}`);
    }
  }

  /** Goes on with the earlier session where the agent can, and still has it; begins one otherwise. */
  async #open(agent: ClientContext, able: JsonRecord): Promise<{ id: string; isNew: boolean; state: JsonRecord }> {
    const { request, note } = this.#session;
    const base = { cwd: request.cwd, mcpServers: this.#toolServers(able) };
    const { session } = request;
    const canResume = recordOf(able.sessionCapabilities).resume !== undefined;
    if (session !== null && (canResume || able.loadSession === true)) {
      try {
        const again = { ...base, sessionId: session };
        const state: unknown = canResume
          ? await agent.request("session/resume", again)
          : await agent.request("session/load", again);
        return { id: session, isNew: false, state: recordOf(state) };
      } catch {
        note("[the earlier session is gone: a new one is begun]");
      }
    }
    const state = recordOf(await agent.request("session/new", base));
    const id = textOf(state.sessionId);
    if (id === null) throw new Error("invalid request: the agent began a session without an id");
    return { id, isNew: true, state };
  }

  #toolServers(able: JsonRecord): McpServer[] {
    const { tools } = this.#session.request;
    if (tools === null || !reachesTools(able)) return [];
    const headers = [{ name: "Authorization", value: `Bearer ${tools.token}` }];
    return [{ type: "http", name: "pleach", url: tools.url, headers }];
  }

  async #configure(agent: ClientContext, sessionId: string, state: JsonRecord): Promise<void> {
    const { model, sandbox } = this.#session.agent;
    if (sandbox !== undefined) await agent.request("session/set_mode", { sessionId, modeId: sandbox });
    if (model === undefined) return;
    const options = listOf(state.configOptions).map(recordOf);
    const configId = textOf(options.find(({ id, category }) => category === "model" || id === "model")?.id);
    if (configId === null) {
      throw new Error(`the agent does not let its model be chosen, so that the model ${model} is not supported`);
    }
    await agent.request("session/set_config_option", { sessionId, configId, value: model });
  }

  #tell(events: readonly AcpEvent[]): void {
    const { note, progress, context, agent } = this.#session;
    for (const event of events) {
      if (event.kind === "said") {
        note(event.text);
        progress(event.text);
      } else if (event.kind === "acts") note(`[tool] ${event.what}`);
      else {
        const usd = event.usd ?? priceTokens(event.tokens, agent.price);
        context.report({ kind: "cost", usd, tokens: totalOf(event.tokens) });
      }
    }
  }

  async #answer(
    { toolCall, options }: RequestPermissionRequest,
    conversation: Conversation,
  ): Promise<RequestPermissionResponse> {
    this.#tell(this.#reader.flush());
    const call = this.#reader.toolCall(toolCall);
    let answer: RequestPermissionResponse = { outcome: { outcome: "cancelled" } };
    const choose = (...kinds: string[]): void => {
      const chosen = kinds.flatMap((kind) => options.filter((option) => option.kind === kind)).at(0);
      if (chosen !== undefined) answer = { outcome: { outcome: "selected", optionId: chosen.optionId } };
    };
    const decide = async (): Promise<void> => {
      const { title, paths, command, kind } = call;
      const asked = { tool: title, paths, command, reads: isReading(kind) };
      const decided = await this.#session.context.requestPermission(asked);
      if (this.#isStopping) return;
      if (decided.allow) return choose("allow_once", "allow_always");
      this.#refusal = wordRefusal(decided);
      this.#reader.deny(toolCall.toolCallId);
      conversation.note(`[denied] ${title}: ${decided.reason}`);
      choose("reject_once", "reject_always");
    };
    await conversation.owe(decide());
    return answer;
  }
}
