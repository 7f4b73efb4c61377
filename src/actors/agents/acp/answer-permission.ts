/** What an ACP agent asks to be allowed, in the words of either version, and the answer that it understands. Pure. */
import { type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";

/** What the request is about, as a tool call that the reader knows or learns. */
export function subjectOf({ toolCall, subject, title }: JsonRecord): JsonRecord {
  if (toolCall !== undefined) return recordOf(toolCall);
  const { type, toolCall: call, command, toolCallId } = recordOf(subject);
  if (type === "command") return { kind: "execute", title, toolCallId, rawInput: { command } };
  return { title, ...recordOf(call) };
}

/** The option to choose; without one of these kinds the request is answered as cancelled. */
export function choose(options: unknown, ...kinds: string[]): object {
  const offered = listOf(options).map(recordOf);
  const [chosen] = kinds.flatMap((kind) => offered.filter((option) => option.kind === kind));
  const optionId = textOf(chosen?.optionId);
  return { outcome: optionId === null ? { outcome: "cancelled" } : { outcome: "selected", optionId } };
}

/** A request that is answered by the end of the conversation only. */
export const CANCELLED = { outcome: { outcome: "cancelled" } };
