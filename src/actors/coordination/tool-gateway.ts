/** The coordination of one run with its ways in: agents by MCP, programs by the control socket and the drop box. */
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import type { LogRecord } from "../log/port.ts";
import type { Caller, ToolAnswer, ToolCall } from "./call.ts";
import { refused } from "./call.ts";
import { Coordination, type CoordinationPort } from "./coordination.ts";
import { dispatchToolCall } from "./dispatch-tool-call.ts";
import { type AccessGrant, ToolServer } from "./http-server.ts";

/** A wait through the control socket: its client asks again and again. */
const MAX_SOCKET_WAIT_MS = 15_000;
/** What the arguments of a tool may ask for. */
const MAX_WAIT_MS = 3_600_000;

/** A call that came as a file. */
export interface DroppedCall {
  tool: string;
  args: unknown;
  stream: unknown;
  task: unknown;
  key: string;
}

export interface AccessOptions {
  caller: Caller;
  /** Unique in the run: calls get their keys from it. */
  name: string;
  /** Aborted when the attempt is to stop. */
  signal: AbortSignal;
  /** Told of each call that was carried out. */
  onDone: (tool: string, args: unknown) => void;
}

/** Made by the run's host; closed when it ends. */
export class ToolGateway {
  readonly coordination: Coordination;
  readonly #server: ToolServer;
  readonly #closing = new AbortController();

  /** `committed` is the last durable record, `program` name and version. */
  constructor(port: CoordinationPort, { committed, program }: { committed: number; program: string }) {
    this.coordination = new Coordination(port, committed);
    this.#server = new ToolServer(program);
  }

  /** Told of each batch of records once it is durable. */
  note(records: readonly LogRecord[]): void {
    this.coordination.note(records);
  }

  /** Lets an attempt's agent in until it is closed; then its leases go back, too. */
  async grantAccess({ caller, name, signal, onDone }: AccessOptions): Promise<AccessGrant> {
    const over = new AbortController();
    const attempt = AbortSignal.any([signal, over.signal, this.#closing.signal]);
    let calls = 0;
    const admission = await this.#server.grantAccess(async (tool, args, options) => {
      const call = { ...options, signal: AbortSignal.any([options.signal, attempt]) };
      const answer = await dispatchToolCall(this.coordination, {
        ...call,
        caller,
        tool,
        args,
        key: `${name}#tool${++calls}`,
      });
      if (answer.kind === "done") onDone(tool, args);
      return answer;
    });
    return {
      ...admission,
      close: async () => {
        over.abort();
        await admission.close();
        await this.coordination.returnAll(caller.holder).catch(() => {});
      },
    };
  }

  /** Answers a call of an agent that lives in this process. */
  answer(call: ToolCall): Promise<ToolAnswer> {
    return dispatchToolCall(this.coordination, call);
  }

  /** Answers a call by the control socket, that is: of the person who runs the program. */
  async answerCommand(command: Extract<RunCommand, { command: "tool" }>): Promise<CommandAnswer> {
    const { tool, args, stream, task, guest, key, patienceMs } = command;
    const caller = this.coordination.identify({ stream: stream ?? undefined, task, guest });
    const answer =
      typeof caller === "string"
        ? refused(`${caller}.`)
        : await this.#answer(caller, tool, args, key, Math.min(patienceMs, MAX_SOCKET_WAIT_MS));
    return { ok: true, message: answer.text, data: answer };
  }

  /** Answers a call that came as a file; it may take as long as it asks for. */
  async answerDropped({ tool, args, stream, task, key }: DroppedCall): Promise<ToolAnswer> {
    const caller = this.coordination.identify({ stream, task, guest: `drop box of ${stream}` });
    return typeof caller === "string" ? refused(`${caller}.`) : this.#answer(caller, tool, args, key, MAX_WAIT_MS);
  }

  /** Ends all waits, sessions, the server, and what reads the vaults. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#server.close();
    await this.coordination.notes.close();
  }

  #answer(caller: Caller, tool: string, args: unknown, key: string, patienceMs: number): Promise<ToolAnswer> {
    return dispatchToolCall(this.coordination, { caller, tool, args, key, patienceMs, signal: this.#closing.signal });
  }
}
