/**
 * The SDK's client on top of a conversation: lines of the agent become messages for it, its messages become lines. Only
 * requests and answers go through it; what an agent tells unasked is read elsewhere (`read-acp.ts`), and what would make
 * the SDK complain on our stderr is kept from it.
 */
import type {
  AnyMessage,
  ClientContext,
  RequestPermissionRequest,
  RequestPermissionResponse,
} from "@agentclientprotocol/sdk";
import type { JsonRecord } from "../json-access.ts";

export interface AcpLink {
  agent: ClientContext;
  /** Hands over a message of the agent. */
  take(message: JsonRecord): void;
  /** The agent is gone: requests without an answer are rejected. */
  close(): void;
}

/** Connects; the SDK is loaded only now, for most runs need it never. */
export async function openAcpLink(
  send: (message: object) => void,
  onPermission: (asked: RequestPermissionRequest) => Promise<RequestPermissionResponse>,
): Promise<AcpLink> {
  const { client, methods } = await import("@agentclientprotocol/sdk");
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
    .onRequest(methods.client.session.requestPermission, ({ params }) => onPermission(params))
    .connect({ readable, writable });
  return {
    agent: connection.agent,
    take(message) {
      const isRequest = typeof message.method === "string" && message.id !== undefined;
      const isAnswer = message.method === undefined && asked.delete(message.id);
      if (isRequest || isAnswer) into?.enqueue(message as unknown as AnyMessage);
    },
    close: () => connection.close(),
  };
}
