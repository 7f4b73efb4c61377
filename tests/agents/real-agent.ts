/** The real programs, as `npm run test:agents` has installed them, set up to ask the made-up model service. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentSpec } from "../../src/plan/model.ts";
import { type Attempt, makeAttempt } from "../actors/agents/attempt.ts";
import type { ContractAgent, Kind, Work, Worked } from "./contract.ts";
import type { Line, ModelServer } from "./model-server.ts";
import { saidIn } from "./plays.ts";

/** Set by scripts/test-agents.mjs. */
const INSTALLED = process.env.PLEACH_REAL_AGENTS ?? "";
/** Where plays are kept when new ones are to be recorded. */
const RECORDED = process.env.PLEACH_RECORD ?? "";

const PROGRAMS: Record<Kind, string> = { claude: "claude", codex: "codex", acp: "claude-agent-acp" };

/** Absolute path of an installed program; null when it could not be installed. */
export function programOf(kind: Kind): string | null {
  const file = join(INSTALLED, kind, "node_modules/.bin", PROGRAMS[kind]);
  return INSTALLED !== "" && existsSync(file) ? file : null;
}

/** A real program with a home of its own. */
export class RealAgent implements ContractAgent {
  readonly isReal = true;
  readonly inactivityMs = 5_000;
  readonly #kind: Kind;
  readonly #service: ModelServer;
  readonly #home: string;

  constructor(kind: Kind, service: ModelServer) {
    this.#kind = kind;
    this.#service = service;
    this.#home = makeScratch();
    if (kind === "codex") writeFileSync(join(this.#home, "config.toml"), codexConfig(service.url));
  }

  async work(name: string, lines: (attempt: Attempt) => Line[], change: Work = {}): Promise<Worked> {
    const kind = this.#kind;
    const attempt = makeAttempt(makeScratch());
    change.before?.(attempt, this.#service.nextAnswer());
    const play = RECORDED === "" ? join(attempt.base, "play.jsonl") : join(RECORDED, `${kind}-${name}.jsonl`);
    rmSync(play, { force: true });
    const text = this.#service.say(...lines(attempt));
    const agent: AgentSpec = { name: kind, kind, ...this.#spec(attempt, play), ...change.agent };
    const work = { kind: "agent", agent: kind, instruction: text } as const;
    const env = { PATH: process.env.PATH ?? "", HOME: this.#home, LANG: "C.UTF-8", TERM: "dumb", ...agent.env };
    const outcome = await attempt.start({ work, agent, env, graceMs: 5_000, ...change.request, home: this.#home });
    if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
    return { attempt, outcome, said: saidIn(play) };
  }

  /** The program behind the recorder; nothing of this machine's user is in its environment. */
  #spec(attempt: Attempt, play: string): Partial<AgentSpec> {
    const recorder = join(attempt.base, "recorder.sh");
    writeFileSync(
      recorder,
      `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, "record.mjs")}" "$@"\n`,
    );
    chmodSync(recorder, 0o755);
    const recording = { AGENT_PLAY: play, AGENT_REAL: programOf(this.#kind) ?? "" };
    const claude = {
      ANTHROPIC_BASE_URL: this.#service.url,
      ANTHROPIC_API_KEY: "a-key-of-no-worth",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "1",
      CLAUDE_CODE_EXECUTABLE: programOf("claude") ?? "",
    };
    const own = this.#kind === "codex" ? { MODEL_KEY: "a-key-of-no-worth" } : claude;
    return { command: recorder, home: "run", env: { ...recording, ...own } };
  }
}

/** Not under TMPDIR: Codex refuses to keep its home there. */
export function makeScratch(): string {
  const folder = join(INSTALLED, "work", `${process.pid}-${Math.random().toString(36).slice(2)}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** An entry of pleach.yaml for the real Claude; the run gives it a home. */
export function claudeEntry(service: string) {
  return {
    kind: "claude",
    command: programOf("claude"),
    home: "run",
    env: {
      ANTHROPIC_BASE_URL: service,
      ANTHROPIC_API_KEY: "a-key-of-no-worth",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    },
  };
}

/** An entry of pleach.yaml for the real Codex, with a home of its own, which the caller removes. */
export function codexEntry(service: string) {
  const home = makeScratch();
  writeFileSync(join(home, "config.toml"), codexConfig(service));
  return {
    kind: "codex",
    command: programOf("codex"),
    env: { CODEX_HOME: home, MODEL_KEY: "a-key-of-no-worth" },
  };
}

/** A configuration of Codex that asks the made-up service. */
export function codexConfig(service: string): string {
  return `model = "gpt-5.5"
model_provider = "made-up"
check_for_update_on_startup = false
[model_providers.made-up]
name = "made-up"
base_url = "${service}/v1"
wire_api = "responses"
env_key = "MODEL_KEY"
request_max_retries = 1
stream_max_retries = 1
supports_websockets = false
[analytics]
enabled = false
`;
}
