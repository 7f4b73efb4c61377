/** OpenAI Chat Completions, which OpenCode, Qwen Code and Copilot speak with services of others. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Dialect, id, list, piecesOf, type Reply, type StreamEvent, textIn } from "./dialect.ts";

export const chat: Dialect = {
  takes: (path) => path.endsWith("/chat/completions"),
  modelOf: (_path, body) => String(body.model),
  turnsOf: (body) =>
    list(body.messages).map(({ role, content }) => {
      if (role === "assistant") return "model";
      if (role === "tool") return { user: "", answers: [textIn(content)] };
      return role === "user" ? { user: textIn(content), answers: [] } : "other";
    }),
  toolsOf: (body) =>
    list(body.tools).map((tool) => ({ name: String((tool.function as { name?: unknown })?.name), isFree: false })),
  stream,
  error: (status, message) => ({ error: { message, type: status === 429 ? "rate_limit_error" : "api_error" } }),
};

async function* stream({ line, usage: { input, output }, call, model }: Reply): AsyncGenerator<StreamEvent> {
  const base = { id: id("chatcmpl"), object: "chat.completion.chunk", created: 1, model };
  const event = (choice: object | null, more: object = {}): StreamEvent => ({
    name: null,
    data: { ...base, choices: choice === null ? [] : [{ index: 0, finish_reason: null, ...choice }], ...more },
    isPiece: JSON.stringify(choice).includes('"content":"'),
  });
  yield event({ delta: { role: "assistant" } });
  for (const content of piecesOf(line)) {
    yield event({ delta: { content } });
    if (line.pauseMs !== undefined) await sleep(line.pauseMs);
  }
  if (call !== null) {
    const named = { name: call.name, arguments: JSON.stringify(call.input) };
    yield event({ delta: { tool_calls: [{ index: 0, id: id("call"), type: "function", function: named }] } });
  }
  yield event({ delta: {}, finish_reason: call === null ? "stop" : "tool_calls" });
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  yield event(null, { usage });
  yield { name: null, data: "[DONE]", isPiece: false };
}
