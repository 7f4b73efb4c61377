/**
 * What pleach promises of every agent that works for it, and an agent's program keeps or breaks. The same tests run on
 * every `npm test` against recorded sessions (tests/actors/agents/played-agents.test.ts), and against the programs
 * themselves with `npm run test:agents`.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AgentExited, AgentReport, AgentRequest } from "../../src/actors/agents/index.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { AgentSpec } from "../../src/plan/model.ts";
import type { Attempt } from "../actors/agents/attempt.ts";
import type { Line } from "./model-server.ts";

export const KINDS = ["claude", "codex", "acp"] as const;
export type Kind = (typeof KINDS)[number];

export interface Work {
  agent?: Partial<AgentSpec>;
  request?: Partial<AgentRequest>;
  /** Called before it starts; `underWay` resolves once it is in the middle of its work. */
  before?: (attempt: Attempt, underWay: Promise<void>) => void;
}

export interface Worked {
  attempt: Attempt;
  outcome: AgentExited;
  /** What the agent itself said, message by message. */
  said: Record<string, unknown>[];
}

/** One agent over several attempts. */
export interface ContractAgent {
  /** Whether it does something at all, or only says so. */
  isReal: boolean;
  /** How long it may be silent, ms. */
  inactivityMs: number;
  /** Works to the end on what the model says; `name` names the recording. */
  work(name: string, lines: (attempt: Attempt) => Line[], work?: Work): Promise<Worked>;
}

export function costOf(reports: AgentReport[]): { usd: number; tokens: number } {
  const costs = reports.filter((report) => report.kind === "cost");
  const sum = (pick: (cost: { usd: number; tokens: number }) => number) =>
    costs.reduce((all, cost) => all + pick(cost), 0);
  return { usd: sum(({ usd }) => usd), tokens: sum(({ tokens }) => tokens) };
}

const sessionOf = ({ attempt }: Worked) => attempt.reports.find((report) => report.kind === "session")?.id ?? null;

/** What the agent itself says that all of this session cost, in the unit that it counts in. */
function ownTotal(kind: Kind, { said }: Worked): number {
  const number = (value: unknown) => Number(value ?? Number.NaN);
  if (kind === "claude") return number(said.filter(({ type }) => type === "result").at(-1)?.total_cost_usd);
  if (kind === "codex") {
    const usage = said.filter(({ type }) => type === "turn.completed").at(-1)?.usage as Record<string, unknown>;
    return number(usage?.input_tokens) + number(usage?.output_tokens);
  }
  const updates = said.map(({ params }) => (params as { update?: Record<string, unknown> } | undefined)?.update);
  const costs = updates.flatMap((update) => (update?.cost ? [update.cost as { amount: number }] : []));
  return number(costs.at(-1)?.amount);
}

function expectWithin5Percent(value: number, of: number): void {
  expect(value).toBeGreaterThanOrEqual(0.95 * of);
  expect(value).toBeLessThanOrEqual(1.05 * of);
}

/** The tests of one kind of agent; when its program is not there, there are none. */
export function describeContract(kind: Kind, make: () => ContractAgent, isThere = true): void {
  describe.runIf(isThere)(kind, () => {
    const write = (path: string) => ({ text: "I write.", write: { path, content: "hello\n" } });

    it("writes a file, goes on with its session in another folder, and costs what it says itself", async () => {
      const agent = make();
      const first = await agent.work("write", ({ cwd }) => [write(join(cwd, "a.txt")), { text: "Done." }]);
      expect(first.outcome).toMatchObject({ ok: true, code: 0, reason: null, failure: null, survivors: 0 });
      if (agent.isReal) expect(readFileSync(join(first.attempt.cwd, "a.txt"), "utf8").trim()).toBe("hello");
      expect(first.attempt.transcript()).toMatch(/I write\.\n(.*\n)*\[tool\] .*\n(.*\n)*Done\.\n(.*\n)*\[done\]\n$/);
      expectWithin5Percent(costOf(first.attempt.reports)[kind === "codex" ? "tokens" : "usd"], ownTotal(kind, first));
      expectWithin5Percent(costOf(first.attempt.reports).tokens, 2_100);
      const session = sessionOf(first);
      expect(session).toMatch(/./);
      const lines = ({ cwd }: Attempt) => [write(join(cwd, "b.txt")), { text: "Done again." }];
      const home = join(first.attempt.base, "home");
      const second = await agent.work("resume", lines, { request: { session, attempt: 2, home } });
      expect(second.outcome).toMatchObject({ ok: true });
      if (agent.isReal) {
        expect(existsSync(join(second.attempt.cwd, "b.txt"))).toBe(true);
        expect(sessionOf(second)).toBe(session);
      }
    });

    it("that is denied what it wants has failed, though it exits with 0 and says that it is done", async () => {
      // Codex asks nobody: its own sandbox denies.
      const place = ({ cwd }: Attempt) => (kind === "codex" ? "/etc/pleach-was-here" : join(cwd, "a.txt"));
      const asked: unknown[] = [];
      const { outcome, attempt } = await make().work("denied", (each) => [write(place(each)), { text: "Done." }], {
        before: (each) => {
          each.requestPermission = (wanted) => {
            asked.push(wanted);
            return Promise.resolve({ allow: false, reason: "it is outside of the scope" });
          };
        },
      });
      expect(outcome).toMatchObject({
        ok: false,
        code: 0,
        faultOf: "work",
        failure: { kind: "denied", isFinal: false },
      });
      expect(existsSync(place(attempt))).toBe(false);
      if (kind !== "codex") {
        expect(asked).toEqual([expect.objectContaining({ paths: [place(attempt)], command: null, reads: false })]);
        expect(attempt.transcript()).toContain(": it is outside of the scope\n");
      }
    });

    it("stops when it is told to, by its own protocol where it has one, and leaves no process", async () => {
      const text = "This takes a long while, for it is said piece by piece by piece. ".repeat(5);
      const run = `stop-${randomUUID()}`;
      const agent = make();
      const { outcome, said, attempt } = await agent.work("stop", () => [{ text, pauseMs: 500 }], {
        request: { run },
        before: (each, underWay) => void underWay.then(() => each.stop.abort()),
      });
      expect(outcome).toMatchObject({ ok: false, aborted: true, reason: "was stopped", failure: null, survivors: 0 });
      // By a signal it would not have come to an end of its own.
      if (kind === "acp") expect(outcome.code).toBe(0);
      // Stopped by its protocol, Claude still says what it cost, as far as it knew that already.
      if (kind === "claude" && !agent.isReal) expect(costOf(attempt.reports).usd).toBeGreaterThan(0);
      // An ACP agent may still tell what it used after its turn has ended.
      const last = JSON.stringify(said.slice(kind === "acp" ? -2 : -1));
      expect(last).toMatch({ claude: /"type":"result"/, codex: /turn\.started/, acp: /"cancelled"/ }[kind]);
      expect(await findProcesses({ run })).toEqual([]);
    });

    it("is told something while it works", async () => {
      const lines = () => [{ text: "I run something.", run: "sleep 3; echo slept" }, { text: "Done." }];
      const { outcome, attempt } = await make().work("message", lines, {
        before: (each, underWay) => void underWay.then(() => each.send("And say goodbye.")),
      });
      expect(outcome).toMatchObject({ ok: true });
      expect(attempt.transcript()).toContain("[message] And say goodbye.\n");
    });

    it.each([
      [401, { kind: "auth", isFinal: true }],
      [429, { kind: "rateLimit", isFinal: false }],
      [500, { isFinal: false }],
      [529, { kind: "overloaded", isFinal: false }],
    ])("whose service answers %i has failed for that reason, with a hint", async (status, failure) => {
      const { outcome, attempt } = await make().work(`error-${status}`, () => [{ status }]);
      expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure });
      expect(outcome.reason).toContain(outcome.failure?.hint);
      expect(costOf(attempt.reports)).toEqual({ usd: 0, tokens: 0 });
    });

    it("whose service never answers is ended for its silence", async () => {
      const agent = make();
      const { outcome } = await agent.work("silent", () => [{ isHanging: true }], {
        agent: { inactivityMs: agent.inactivityMs },
      });
      expect(outcome).toMatchObject({ ok: false, inactive: true, faultOf: "agent", failure: { isFinal: false } });
    });
  });
}
