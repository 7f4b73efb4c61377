/**
 * JSON-RPC as Codex' app-server speaks it, one message a line and without a `jsonrpc` member: requests of ours find their
 * answers. No I/O of its own.
 */
import { type JsonRecord, recordOf, textOf } from "../json-access.ts";
import type { Sent } from "./app-server-types.ts";

/** A request was answered with an error, or (without a code) never. */
export class RpcError extends Error {
  override name = "RpcError";
  readonly code: number | null;

  constructor(message: string, code: number | null) {
    super(message);
    this.code = code;
  }

  /** Whether the program does not know the method that it was asked for. */
  isUnknown(method: keyof Sent): boolean {
    return this.code === METHOD_NOT_FOUND || this.message.includes(`unknown variant \`${method}\``);
  }
}

const METHOD_NOT_FOUND = -32601;

interface Pending {
  resolve(result: JsonRecord): void;
  reject(error: RpcError): void;
}

export class RpcLink {
  readonly #send: (message: object) => void;
  readonly #pending = new Map<unknown, Pending>();
  #count = 0;
  #isClosed = false;

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** Resolves with the answer; rejects with an `RpcError` and nothing else. */
  request<Method extends keyof Sent>(method: Method, params: Sent[Method]): Promise<JsonRecord> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new RpcError("the program is gone", null));
      const id = ++this.#count;
      this.#pending.set(id, { resolve, reject });
      this.#send({ method, id, params });
    });
  }

  notify(method: "initialized"): void {
    this.#send({ method });
  }

  /** Answers a request of the program. */
  answer(id: unknown, result: object): void {
    this.#send({ id, result });
  }

  /** Answers a request of the program that cannot be met. */
  refuse(id: unknown, message: string): void {
    this.#send({ id, error: { code: METHOD_NOT_FOUND, message } });
  }

  /** Takes an answer of the program; one that nobody waits for is dropped. */
  take({ id, result, error }: JsonRecord): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(recordOf(result));
    else {
      const { message, code } = recordOf(error);
      pending?.reject(
        new RpcError(textOf(message) ?? "an error without a word", typeof code === "number" ? code : null),
      );
    }
  }

  /** The program is gone: what waits for an answer is rejected. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(new RpcError("the program is gone", null));
    this.#pending.clear();
  }
}
