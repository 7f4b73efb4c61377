/** OpenAI Responses. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Body,
  type Dialect,
  id,
  list,
  piecesOf,
  type Reply,
  SEARCH,
  type StreamEvent,
  type Turn,
  textIn,
} from "./dialect.ts";

export const responses: Dialect = {
  takes: (path) => path.endsWith("/responses"),
  modelOf: (_path, body) => String(body.model),
  turnsOf,
  toolsOf(body) {
    const found = list(body.input).flatMap((item) => (item.type === "tool_search_output" ? list(item.tools) : []));
    const named = ({ name, type }: Body) => ({ name: String(name ?? type), isFree: type === "custom" });
    return [...list(body.tools), ...found].flatMap((tool) =>
      tool.type === "namespace"
        ? list(tool.tools).map((each) => ({ ...named(each), namespace: String(tool.name) }))
        : [named(tool)],
    );
  },
  stream,
  error: (status, message) => ({ error: { message, type: status === 429 ? "rate_limit_error" : "api_error" } }),
  limit: (message, until) => ({
    error: { type: "usage_limit_reached", message, plan_type: "pro", resets_at: Math.floor(until / 1_000) },
  }),
};

function turnsOf(body: Body): Turn[] {
  if (typeof body.input === "string") return [{ user: body.input, answers: [] }];
  return list(body.input).map(({ type, role, content, output }) => {
    if (role === "user") return { user: textIn(content), answers: [] };
    if (/^tool_search/.test(String(type))) return "other";
    if (/call_output$/.test(String(type))) return { user: "", answers: [textIn(output)] };
    return role === "assistant" || /call$/.test(String(type)) || type === "reasoning" ? "model" : "other";
  });
}

const event = (data: Body & { type: string }): StreamEvent => ({
  name: data.type,
  data,
  isPiece: data.type.endsWith("text.delta"),
});

async function* stream({ line, usage: { input, output }, call, model }: Reply): AsyncGenerator<StreamEvent> {
  const base = { id: id("resp"), object: "response", model, status: "in_progress", output: [] };
  yield event({ type: "response.created", response: base });
  const items: object[] = [];
  const isSearch = call?.name === SEARCH;
  if (line.text !== undefined && !isSearch) {
    const item = { type: "message", id: id("msg"), role: "assistant", status: "completed" };
    const at = { item_id: item.id, output_index: 0, content_index: 0 };
    yield event({ type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } });
    for (const delta of piecesOf(line)) {
      yield event({ type: "response.output_text.delta", ...at, delta });
      if (line.pauseMs !== undefined) await sleep(line.pauseMs);
    }
    const part = { type: "output_text", text: piecesOf(line).join(""), annotations: [] };
    items.push({ ...item, content: [part] });
    yield event({ type: "response.output_item.done", output_index: 0, item: items[0] });
  }
  if (call !== null) {
    const { input: _input, ...named } = call;
    const common = { id: id("call"), call_id: id("call"), ...named, status: "completed" };
    const item = isSearch
      ? { type: "tool_search_call", ...common, execution: "client", arguments: call.input }
      : typeof call.input === "string"
        ? { type: "custom_tool_call", ...common, input: call.input }
        : { type: "function_call", ...common, arguments: JSON.stringify(call.input) };
    yield event({ type: "response.output_item.added", output_index: items.length, item });
    yield event({ type: "response.output_item.done", output_index: items.length, item });
    items.push(item);
  }
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  yield event({ type: "response.completed", response: { ...base, status: "completed", output: items, usage } });
}
