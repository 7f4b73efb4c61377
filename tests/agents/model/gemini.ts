/** Gemini's own API. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Dialect, list, piecesOf, type Reply, type StreamEvent, textIn } from "./dialect.ts";

const PATH = /\/models\/([^:/]+):(?:streamGenerateContent|generateContent)$/;

export const gemini: Dialect = {
  takes: (path) => PATH.test(path),
  modelOf: (path) => PATH.exec(path)?.[1] ?? "",
  turnsOf: (body) =>
    list(body.contents).map(({ role, parts }) => {
      if (role === "model") return "model";
      const answers = list(parts).flatMap(({ functionResponse }) =>
        functionResponse === undefined ? [] : [JSON.stringify(functionResponse)],
      );
      return { user: textIn(parts), answers };
    }),
  toolsOf: (body) =>
    list(body.tools).flatMap(({ functionDeclarations }) =>
      list(functionDeclarations).map(({ name }) => ({ name: String(name) })),
    ),
  stream,
  error: (status, message) => ({
    error: { code: status, message, status: status === 401 ? "UNAUTHENTICATED" : "INTERNAL" },
  }),
};

async function* stream({ line, usage: { input, output }, call, model }: Reply): AsyncGenerator<StreamEvent> {
  const event = (parts: object[], more: object = {}, last: object = {}): StreamEvent => ({
    name: null,
    data: { candidates: [{ index: 0, content: { role: "model", parts }, ...last }], modelVersion: model, ...more },
    isPiece: "text" in (parts[0] ?? {}),
  });
  for (const text of piecesOf(line)) {
    yield event([{ text }]);
    if (line.pauseMs !== undefined) await sleep(line.pauseMs);
  }
  const parts = call === null ? [{ text: "" }] : [{ functionCall: { name: call.name, args: call.input } }];
  const usageMetadata = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
  yield event(parts, { usageMetadata }, { finishReason: "STOP" });
}
