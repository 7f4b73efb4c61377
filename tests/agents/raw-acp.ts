/**
 * A real program that speaks the Agent Client Protocol, spoken to without pleach between: what it does is seen as it is, to
 * be compared with what the table of quirks says of it.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { choose } from "../../src/actors/agents/acp/answer-permission.ts";
import { helloOf } from "../../src/actors/agents/acp/greeting.ts";
import { programOf as startOf } from "../../src/actors/agents/acp/program.ts";
import { quietQwen } from "../../src/actors/agents/acp/qwen-defaults.ts";
import { type JsonRecord, parseRecord, recordOf, textOf } from "../../src/actors/agents/json-access.ts";
import { entryOf, makeScratch, type ProgramId, programOf } from "./programs.ts";

interface Where {
  id: ProgramId;
  /** The model service. */
  url: string;
  /** Its home; absent: a new one. */
  home?: string;
  /** Besides the arguments of its entry. */
  args?: readonly string[];
  /** On top of the variables of its entry; undefined takes one away. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** How a request ended: `result` or `error`, and what was said between. */
export interface Answer {
  result: JsonRecord;
  error: JsonRecord | null;
  updates: JsonRecord[];
}

/** One that hangs is given up. */
const MAX_MS = 5 * 60_000;

export class RawAcp {
  readonly home: string;
  /** A new folder. */
  readonly cwd: string;
  /** What it asked for permission to do. */
  readonly asked: JsonRecord[] = [];
  /** Lines on its stderr. */
  readonly complaints: string[] = [];
  /** How it is answered when it asks. */
  answers: "allow_once" | "reject_once" = "allow_once";
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (message: JsonRecord) => void>();
  #updates: JsonRecord[] = [];
  #session = "";
  #count = 0;

  private constructor(home: string, cwd: string, child: ChildProcessWithoutNullStreams) {
    this.home = home;
    this.cwd = cwd;
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(parseRecord(line)));
    createInterface({ input: child.stderr }).on("line", (line) => void this.complaints.push(line));
  }

  /** Starts the program as pleach does. */
  static async start({ id, url, home = makeScratch(), args = [], env = {} }: Where): Promise<RawAcp> {
    const entry = entryOf(id, { home, url });
    const agent = { ...entry, name: id, command: programOf(id) ?? "", args: [...(entry.args ?? []), ...args] };
    const request = { agent, home, env: { HOME: home, LANG: "C.UTF-8", TERM: "dumb" } };
    const program = await quietQwen(startOf(request), request);
    const given = Object.entries({ ...request.env, ...program.env, ...env });
    const cwd = join(makeScratch(), "tree");
    mkdirSync(cwd);
    const variables = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    return new RawAcp(home, cwd, spawn(program.file, program.args, { cwd, env: variables }));
  }

  /** The agent's answer to the first word. */
  async greet(): Promise<JsonRecord> {
    return (await this.request("initialize", helloOf(1))).result;
  }

  /** Begins a session, or goes on with one by `method`. */
  async open(session: string | null = null, method = "session/new"): Promise<Answer> {
    const params = { cwd: this.cwd, mcpServers: [], ...(session === null ? {} : { sessionId: session }) };
    const answer = await this.request(method, params);
    this.#session = session ?? textOf(answer.result.sessionId) ?? "";
    return answer;
  }

  get session(): string {
    return this.#session;
  }

  /** A request about the session. */
  ask(method: string, params: object): Promise<Answer> {
    return this.request(method, { sessionId: this.#session, ...params });
  }

  prompt(text: string): Promise<Answer> {
    return this.ask("session/prompt", { prompt: [{ type: "text", text }] });
  }

  async request(method: string, params: object): Promise<Answer> {
    const id = this.#count++;
    this.#updates = [];
    const answered = new Promise<JsonRecord>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ jsonrpc: "2.0", id, method, params });
    const hung = sleep(MAX_MS, { error: { message: "hangs" } }, { ref: false });
    const { result, error } = await Promise.race([answered, hung]).then(recordOf);
    return { result: recordOf(result), error: error === undefined ? null : recordOf(error), updates: this.#updates };
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #hear(message: JsonRecord | null): void {
    if (message === null) return;
    const { id, method } = message;
    const params = recordOf(message.params);
    if (method === "session/update") this.#updates.push(recordOf(params.update));
    else if (method === "session/request_permission") {
      this.asked.push(params);
      this.#send({ jsonrpc: "2.0", id, result: choose(params.options, this.answers) });
    } else if (method !== undefined) {
      if (id !== undefined) this.#send({ jsonrpc: "2.0", id, error: { code: -32_601, message: "no such method" } });
    } else if (typeof id === "number") this.#waiting.get(id)?.(message);
  }
}
