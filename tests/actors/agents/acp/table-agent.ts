/** Runs an attempt of an ACP agent that answers from a table (tests/fixtures/agents/table-agent.mjs). */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentExited, AgentRequest } from "../../../../src/actors/agents/index.ts";
import type { AgentSpec } from "../../../../src/plan/model.ts";
import type { Attempt } from "../attempt.ts";

export const TABLE_AGENT = join(import.meta.dirname, "../../../fixtures/agents/table-agent.mjs");

/** What is done when a method is called. */
export interface Step {
  /** Before the answer, and before anything is asked. */
  say?: object[];
  /** Requests to the client, one after the other, each answered before the next. */
  ask?: object[];
  /** Before the answer, after what was asked; and after the answer. */
  sayAfter?: object[];
  sayLast?: object[];
  result?: object;
  error?: object;
  silent?: boolean;
  exit?: number;
}

export type Table = Record<string, Step[]>;

export interface Heard {
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number };
}

interface Start {
  agent?: Partial<AgentSpec>;
  request?: Partial<AgentRequest>;
}

/** Carries an attempt to its end; `heard` is what the agent was told in it. */
export async function withTable(
  attempt: Attempt,
  table: Table,
  { agent, request }: Start = {},
): Promise<{ outcome: AgentExited; heard: Heard[]; transcript: string }> {
  const file = join(attempt.base, "table.json");
  writeFileSync(file, JSON.stringify(table));
  const told = join(attempt.cwd, "told.jsonl");
  writeFileSync(told, "");
  const outcome = await attempt.start({
    work: { kind: "agent", agent: "mine", instruction: "Do it." },
    agent: { name: "mine", kind: "acp", command: TABLE_AGENT, ...agent },
    ...request,
    env: { PATH: process.env.PATH ?? "", TABLE: file, ...request?.env },
  });
  if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
  const lines = existsSync(told) ? readFileSync(told, "utf8").split("\n") : [];
  const heard = lines.flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Heard]));
  return { outcome, heard, transcript: attempt.transcript() };
}

/** An agent of this name that can do these things, in version 1. */
export const greets = (name: string, agentCapabilities: object = {}, more: object = {}): Step[] => [
  { result: { protocolVersion: 1, agentInfo: { name, version: "1.0" }, agentCapabilities, ...more } },
];

export const update = (content: object, sessionId = "new-session"): object => ({
  method: "session/update",
  params: { sessionId, update: content },
});

export const says = (text: string): object =>
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });

/** The answer to a prompt that used tokens. */
export const DONE: object = {
  stopReason: "end_turn",
  usage: { inputTokens: 1_000, outputTokens: 50, totalTokens: 1_050 },
};

export const methodsIn = (heard: readonly Heard[]): string[] =>
  heard.flatMap(({ method }) => (method === undefined ? [] : [method]));
