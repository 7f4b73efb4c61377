/** What the dialects of model services share: a turn of a conversation, a reply, and what a service's dialect has to say. */
import type { Line } from "./line.ts";

export type Body = Record<string, unknown>;

/** A turn of the conversation: text of the user and what tools answered, or something that the model said or wanted. */
export type Turn = { user: string; answers: string[] } | "model" | "other";

export interface OfferedTool {
  name: string;
  /** Of a tool that the agent keeps in one. */
  namespace?: string;
  /** It takes free text instead of arguments. */
  isFree?: boolean;
}

export interface Call {
  /** `tool_search` finds tools of MCP servers, which Codex shows when they are looked for. */
  name: string;
  namespace?: string;
  /** Arguments of a function, or the input of a tool that takes free text. */
  input: object | string;
}

export interface Reply {
  line: Line;
  usage: { input: number; output: number };
  call: Call | null;
  model: string;
}

/** An event of a stream: its name, where the dialect has names, and its data. */
export interface StreamEvent {
  name: string | null;
  data: object | string;
  /** Carries a piece of the text. */
  isPiece: boolean;
}

/** The language of one kind of model service. */
export interface Dialect {
  /** Whether a request for this path is one for an answer. */
  takes(path: string): boolean;
  /** The model that is asked. */
  modelOf(path: string, body: Body): string;
  turnsOf(body: Body): Turn[];
  toolsOf(body: Body): OfferedTool[];
  stream(reply: Reply): AsyncGenerator<StreamEvent>;
  /** Body of an answer that is an error. */
  error(status: number, message: string): object;
  /** Of one that says that a usage limit is reached until then, ms since the epoch; absent: by its words. */
  limit?(message: string, until: number): object;
}

/** Search for tools, by agents that show those of MCP servers only when they are looked for. */
export const SEARCH = "tool_search";

export const list = (value: unknown): Body[] => (Array.isArray(value) ? value : []);

export function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}

let count = 0;
export const id = (kind: string): string => `${kind}_${++count}`;

/** What a line says, in the pieces in which it is streamed. */
export function piecesOf({ text = "", repeat = 1 }: Line): string[] {
  if (repeat === 1) return text.match(/[\s\S]{1,12}/g) ?? [];
  // Counted: Gemini ends a turn in which a model says the same over and over.
  const whole = Array.from({ length: repeat }, (_, at) => `${at} ${text}`).join("");
  return whole.match(/[\s\S]{1,4096}/g) ?? [];
}
