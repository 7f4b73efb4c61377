/** Recorded sessions: what was said in them, and an agent that plays them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentSpec } from "../../src/plan/model.ts";
import { type Attempt, makeAttempt } from "../actors/agents/attempt.ts";
import { waitUntil } from "../actors/process/worker.ts";
import type { ContractAgent, Work, Worked } from "./contract.ts";
import type { Line } from "./model-server.ts";
import { kindOf, type ProgramId } from "./programs.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/agents");
export const PLAYER = join(FIXTURES, "player.mjs");

/** What the agent said in a play, message by message. */
export function saidIn(play: string): Record<string, unknown>[] {
  return [play, play.replace(/\.jsonl$/, "-next.jsonl")]
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line).say]))
    .filter((message) => message !== undefined);
}

/** Resolves once the player waits for being stopped. */
async function untilItWaits(file: string): Promise<void> {
  await waitUntil(
    () => existsSync(file) && /interrupt|cancel|SIGINT/.test(readFileSync(file, "utf8")),
    "the player waiting to be stopped",
  );
}

/** Absolute path of a recorded play. */
export const playOf = (name: string) => join(FIXTURES, "plays", `${name}.jsonl`);

/** Stands in for a real program by playing what that once said. */
export class PlayedAgent implements ContractAgent {
  readonly isReal = false;
  readonly inactivityMs = 400;
  readonly service = null;
  readonly #id: ProgramId;
  readonly #attempts: Attempt[];

  /** Puts its attempts into `attempts`, for the test to remove. */
  constructor(id: ProgramId, attempts: Attempt[]) {
    this.#id = id;
    this.#attempts = attempts;
  }

  async work(name: string, _lines: (attempt: Attempt) => Line[], change: Work = {}): Promise<Worked> {
    const id = this.#id;
    const kind = kindOf(id);
    const attempt = makeAttempt();
    this.#attempts.push(attempt);
    const play = playOf(`${id}-${name}`);
    const waits = join(attempt.base, "waits");
    change.before?.(attempt, name === "stop" ? untilItWaits(waits) : attempt.nextReport());
    const agent: AgentSpec = { name: id, kind, command: PLAYER, ...change.agent };
    const work = { kind: "agent", agent: id, instruction: "Do it." } as const;
    const env = { PATH: process.env.PATH ?? "", HOME: attempt.base, AGENT_PLAY: play, AGENT_WAITS: waits };
    const outcome = await attempt.start({ work, agent, env, graceMs: 2_000, ...change.request });
    if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
    return { attempt, outcome, said: saidIn(play) };
  }
}
