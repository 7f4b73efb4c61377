/**
 * The way in for agents that no run started (`pleach mcp`): MCP over stdio, each call passed on to the host of a run by
 * its channel for commands. Without a run, what needs none is answered here, and the rest says what is missing.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../errors.ts";
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import { explainMismatch, fillDefaults } from "./arguments.ts";
import { refused, type ToolAnswer, waiting } from "./call.ts";
import type { AnswerCall } from "./mcp-server.ts";
import { NoteSearch } from "./note-search.ts";
import { findTool } from "./tools.ts";

export interface StdioOptions {
  /** Name and version of this program. */
  program: string;
  /** How the host of the run that is meant is told something, looked up for each call; words when there is none. */
  findHost: () => Promise<{ send: (command: RunCommand) => Promise<CommandAnswer | null> } | { why: string }>;
  /** In whose name it speaks; null: the run's only stream. */
  stream: string | null;
  /** The task whose agent started it; null when none did. */
  task: string | null;
  vaults: readonly string[];
  root: string;
}

/** One question to the host; it answers within seconds, so that an agent that gives up is heard. */
const SLICE_MS = 10_000;
/** Between two tries to reach a host that is starting. */
const RETRY_MS = 300;
const MAX_TRIES = 10;

/** Serves until stdin ends. */
export async function serveStdio(options: StdioOptions): Promise<void> {
  const [{ StdioServerTransport }, { createMcpServer }] = await Promise.all([
    import("@modelcontextprotocol/sdk/server/stdio.js"),
    import("./mcp-server.ts"),
  ]);
  const link = new HostLink(options);
  const server = createMcpServer(options.program, (...call) => link.answer(...call));
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve).once("close", resolve);
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await link.giveBack();
  await server.close();
  await link.close();
}

/** Passes calls on, and remembers what has to be given back. */
class HostLink {
  readonly #options: StdioOptions;
  readonly #guest = `mcp ${randomUUID()}`;
  readonly #leased = new Set<string>();
  readonly #notes: NoteSearch;
  #calls = 0;

  constructor(options: StdioOptions) {
    this.#options = options;
    this.#notes = new NoteSearch(options);
  }

  readonly answer: AnswerCall = async (tool, args, { patienceMs, signal }) => {
    const key = `${this.#guest}#${++this.#calls}`;
    const until = performance.now() + Math.min(patienceMs, waitOf(tool, args));
    for (;;) {
      const leftMs = Math.max(0, until - performance.now());
      const answer = await this.#ask(tool, args, { key, patienceMs: Math.min(leftMs, SLICE_MS), signal });
      if (answer.kind !== "waiting" || leftMs === 0 || signal.aborted) return this.#note(tool, args, answer);
    }
  };

  /** Releases what was leased and not given back. */
  async giveBack(): Promise<void> {
    const signal = AbortSignal.timeout(SLICE_MS);
    for (const resource of [...this.#leased])
      await this.answer("release_resource", { resource }, { patienceMs: 0, signal });
  }

  close(): Promise<void> {
    return this.#notes.close();
  }

  async #ask(
    tool: string,
    args: unknown,
    { key, patienceMs, signal }: { key: string; patienceMs: number; signal: AbortSignal },
  ): Promise<ToolAnswer> {
    const { findHost, stream, task } = this.#options;
    let why = "the run's host takes no calls now";
    for (let tries = 0; tries < MAX_TRIES && !signal.aborted; tries++) {
      const found = await findHost();
      if ("why" in found) return this.#answerAlone(tool, args, found.why, signal);
      const command = { command: "tool", tool, args, stream, task, guest: this.#guest, key, patienceMs } as const;
      const answer = await found.send(command).catch(nullForNoAnswer);
      if (answer?.ok) return answer.data as ToolAnswer;
      if (answer !== null) why = `${answer.message}: ${answer.hint}`;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
    return signal.aborted ? waiting("The call was given up.") : refused(`Not done: ${why}.`);
  }

  #answerAlone(tool: string, args: unknown, why: string, signal: AbortSignal): Promise<ToolAnswer> | ToolAnswer {
    const schema = findTool(tool)?.inputSchema;
    if (tool !== "search_patterns" || schema === undefined) return refused(`Not done: ${why}`);
    const wrong = explainMismatch(schema, args);
    if (wrong !== null) return refused(`${tool}: ${wrong}. Correct the arguments and call again.`);
    const asked = fillDefaults(schema, args as Record<string, unknown>) as { query: string; limit: number };
    return this.#notes.find(asked, signal);
  }

  #note(tool: string, args: unknown, answer: ToolAnswer): ToolAnswer {
    const { resource } = args as { resource?: string };
    if (resource === undefined) return answer;
    if (tool === "claim_resource" && answer.kind !== "refused") this.#leased.add(resource);
    if (tool === "release_resource" && answer.kind === "done") this.#leased.delete(resource);
    return answer;
  }
}

/** A host that ended before it answered is looked for again: by its key the call counts once. */
function nullForNoAnswer(thrown: unknown): null {
  if (codeOf(thrown) !== "run.noAnswer") throw thrown;
  return null;
}

/** Milliseconds that a call asks to wait. */
function waitOf(tool: string, args: unknown): number {
  const schema = findTool(tool)?.inputSchema.properties?.wait_s;
  if (schema === undefined) return 0;
  const { wait_s = schema.default } = (args ?? {}) as { wait_s?: unknown };
  return typeof wait_s === "number" ? wait_s * 1000 : 0;
}
