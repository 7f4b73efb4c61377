/**
 * The SDK's client on top of a conversation: lines of the agent become messages for it, its messages become lines. Only
 * requests and answers go through it, as they are: two versions of the protocol are spoken here, and what matters most is in
 * fields that are optional or an agent's own. What an agent tells unasked is read elsewhere (`read-acp.ts`), and what would
 * make the SDK complain on our stderr is kept from it.
 */
import type { AnyMessage } from "@agentclientprotocol/sdk";
import { type JsonRecord, recordOf } from "../json-access.ts";

export interface AcpLink {
  /** Asks the agent; rejects with its error. */
  request(method: string, params: object): Promise<JsonRecord>;
  notify(method: string, params: object): void;
  /** Hands over a message of the agent. */
  take(message: JsonRecord): void;
  /** The agent is gone: requests without an answer are rejected. */
  close(): void;
}

/** Answers what an agent asks; null for what it must not ask, which it is told at once. */
export type AnswerRequest = (method: string, params: JsonRecord) => Promise<object> | null;

/** Connects; the SDK is loaded only now, for most runs need it never. */
export async function openAcpLink(send: (message: object) => void, answer: AnswerRequest): Promise<AcpLink> {
  const { client, RequestError } = await import("@agentclientprotocol/sdk");
  const asked = new Set<unknown>();
  let into: ReadableStreamDefaultController<AnyMessage> | null = null;
  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      into = controller;
    },
  });
  const writable = new WritableStream<AnyMessage>({
    write(message) {
      if ("method" in message && "id" in message) asked.add(message.id);
      send(message);
    },
  });
  const connection = client({ name: "pleach" })
    .onRequest("*", ({ method, params }) => {
      const answering = answer(method, recordOf(params));
      if (answering === null) throw RequestError.methodNotFound(method);
      return answering;
    })
    .connect({ readable, writable });
  return {
    request: async (method, params) => recordOf(await connection.agent.request<unknown, object>(method, params)),
    notify: (method, params) => void connection.agent.notify<object>(method, params).catch(() => {}),
    take(message) {
      const isRequest = typeof message.method === "string" && message.id !== undefined;
      const isAnswer = message.method === undefined && asked.delete(message.id);
      if (isRequest || isAnswer) into?.enqueue(message as unknown as AnyMessage);
    },
    close: () => connection.close(),
  };
}
