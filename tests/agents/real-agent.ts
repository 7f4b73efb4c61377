/** The real programs as agents of the contract, and as entries of a pleach.yaml. */
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentSpec } from "../../src/plan/model.ts";
import { type Attempt, makeAttempt } from "../actors/agents/attempt.ts";
import { type ContractAgent, LINK, type Work, type Worked } from "./contract.ts";
import type { Line, ModelServer } from "./model-server.ts";
import { saidIn } from "./plays.ts";
import { entryOf, kindOf, makeScratch, type ProgramId, programOf, RECORDED } from "./programs.ts";

/** A real program with a home of its own. */
export class RealAgent implements ContractAgent {
  readonly isReal = true;
  readonly inactivityMs = 5_000;
  readonly service: ModelServer;
  readonly #id: ProgramId;
  readonly #home: string;

  constructor(id: ProgramId, service: ModelServer) {
    this.#id = id;
    this.service = service;
    this.#home = makeScratch();
  }

  async work(name: string, lines: (attempt: Attempt) => Line[], change: Work = {}): Promise<Worked> {
    const id = this.#id;
    const attempt = makeAttempt(makeScratch());
    change.before?.(attempt, this.service.nextAnswer());
    const play = RECORDED === "" ? join(attempt.base, "play.jsonl") : join(RECORDED, `${id}-${name}.jsonl`);
    rmSync(play, { force: true });
    const text = this.service.say(...lines(attempt));
    const agent: AgentSpec = { name: id, ...this.#spec(attempt, play), ...change.agent };
    const work = { kind: "agent", agent: id, instruction: text } as const;
    const env = { PATH: process.env.PATH ?? "", HOME: this.#home, LANG: "C.UTF-8", TERM: "dumb", ...agent.env };
    const limits = { timeoutMs: 5 * 60_000, graceMs: 5_000 };
    const outcome = await attempt.start({ work, agent, env, ...limits, ...change.request, home: this.#home });
    if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
    return { attempt, outcome, said: saidIn(play) };
  }

  /** The program behind the recorder. */
  #spec(attempt: Attempt, play: string): Omit<AgentSpec, "name"> {
    const recorder = join(attempt.base, "recorder.sh");
    const record = join(import.meta.dirname, "record.mjs");
    writeFileSync(recorder, `#!/bin/sh\nexec "${process.execPath}" "${record}" "$@"\n`);
    chmodSync(recorder, 0o755);
    const reads = existsSync(join(attempt.cwd, LINK)) ? [LINK] : [];
    const entry = entryOf(this.#id, { home: this.#home, url: this.service.url, reads });
    const recording = { AGENT_PLAY: play, AGENT_REAL: programOf(this.#id) ?? "" };
    return { ...entry, command: recorder, home: "run", env: { ...entry.env, ...recording } };
  }
}

/** An entry of pleach.yaml for a real program, with a home of its own, which the caller removes. */
export function realEntry(id: ProgramId, url: string): { home: string; entry: Omit<AgentSpec, "name"> } {
  const home = makeScratch();
  const { env, ...entry } = entryOf(id, { home, url });
  const own = { claude: { CLAUDE_CONFIG_DIR: home }, codex: { CODEX_HOME: home }, acp: {} };
  // Shells that they start read nothing of this machine's person. What the tests' programs have for the last two is no folder.
  const asHome = { HOME: home, XDG_STATE_HOME: join(home, ".local/state"), XDG_CONFIG_HOME: join(home, ".config") };
  const where = { ...asHome, ...own[kindOf(id) as keyof typeof own] };
  return { home, entry: { ...entry, command: programOf(id) ?? "", env: { ...env, ...where } } };
}
