/** Anthropic Messages. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Body, type Dialect, id, list, piecesOf, type Reply, type StreamEvent, textIn } from "./dialect.ts";

const ERROR_TYPES: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

export const anthropic: Dialect = {
  takes: (path) => path.endsWith("/messages"),
  modelOf: (_path, body) => String(body.model),
  turnsOf: (body) =>
    list(body.messages).map(({ role, content }) => {
      if (role === "assistant") return "model";
      const answers = list(content).flatMap((each) => (each.type === "tool_result" ? [textIn(each.content)] : []));
      return { user: textIn(content), answers };
    }),
  toolsOf: (body) => list(body.tools).map(({ name, type }) => ({ name: String(name ?? type) })),
  stream,
  error: (status, message) => ({ type: "error", error: { type: ERROR_TYPES[status] ?? "api_error", message } }),
};

const event = (data: Body & { type: string }): StreamEvent => ({
  name: data.type,
  data,
  isPiece: data.type.endsWith("_delta"),
});

async function* stream({ line, usage: { input, output }, call, model }: Reply): AsyncGenerator<StreamEvent> {
  const usage = { input_tokens: input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const ends = { stop_reason: null, stop_sequence: null };
  const message = { id: id("msg"), type: "message", role: "assistant", model, content: [], ...ends, usage };
  yield event({ type: "message_start", message });
  let index = 0;
  if (line.text !== undefined) {
    yield event({ type: "content_block_start", index, content_block: { type: "text", text: "" } });
    for (const text of piecesOf(line)) {
      yield event({ type: "content_block_delta", index, delta: { type: "text_delta", text } });
      if (line.pauseMs !== undefined) await sleep(line.pauseMs);
    }
    yield event({ type: "content_block_stop", index: index++ });
  }
  if (call !== null) {
    const block = { type: "tool_use", id: id("toolu"), name: call.name, input: {} };
    yield event({ type: "content_block_start", index, content_block: block });
    const delta = { type: "input_json_delta", partial_json: JSON.stringify(call.input) };
    yield event({ type: "content_block_delta", index, delta });
    yield event({ type: "content_block_stop", index });
  }
  const delta = { stop_reason: call === null ? "end_turn" : "tool_use", stop_sequence: null };
  yield event({ type: "message_delta", delta, usage: { ...usage, output_tokens: output } });
  yield event({ type: "message_stop" });
}
