/**
 * What pleach promises of every agent that works for it, and an agent's program keeps or breaks. The same tests run on
 * every `npm test` against recorded sessions (tests/actors/agents/played-agents.test.ts), and against the programs
 * themselves with `npm run test:agents`. Each test is a situation; into which a program cannot be brought, cannot.json says,
 * with the reason.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AgentExited, AgentReport, AgentRequest } from "../../src/actors/agents/index.ts";
import { requestPermission } from "../../src/actors/perform/request-permission.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { AgentSpec } from "../../src/plan/model.ts";
import type { Attempt } from "../actors/agents/attempt.ts";
import { rowOf } from "./acp-names.ts";
import cannot from "./cannot.json" with { type: "json" };
import type { Bill, Line, ModelServer } from "./model-server.ts";
import { kindOf, type ProgramId } from "./programs.ts";

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
  /** The service that it asks; null for a recorded one. */
  service: ModelServer | null;
  /** Works to the end on what the model says; `name` names the recording. */
  work(name: string, lines: (attempt: Attempt) => Line[], work?: Work): Promise<Worked>;
}

export function costOf(reports: AgentReport[]): { usd: number; tokens: number; estimatedUsd: number } {
  const costs = reports.filter((report) => report.kind === "cost");
  const sum = (pick: (cost: (typeof costs)[number]) => number) => costs.reduce((all, cost) => all + pick(cost), 0);
  return {
    usd: sum(({ usd }) => usd),
    tokens: sum(({ tokens }) => tokens),
    estimatedUsd: sum(({ estimatedUsd }) => estimatedUsd ?? 0),
  };
}

const sessionOf = ({ attempt }: Worked) => attempt.reports.find((report) => report.kind === "session")?.id ?? null;

export function expectWithin5Percent(value: number, of: number): void {
  expect(value).toBeGreaterThanOrEqual(0.95 * of);
  expect(value).toBeLessThanOrEqual(1.05 * of);
}

/** Answers as a run does, for a task that may change what `scope` names. */
export function mayChange(...scope: string[]): (attempt: Attempt) => void {
  return (attempt) => {
    attempt.requestPermission = (asked) => Promise.resolve(requestPermission(asked, { cwd: attempt.cwd, scope }));
  };
}

/**
 * Whether reports come to what was billed. OpenCode tells dollars as well, by the price in its configuration; its tokens it
 * tells on a server of its own, which a play has not.
 */
function expectBilled(id: ProgramId, agent: ContractAgent, reports: AgentReport[], bill: Omit<Bill, "answers">): void {
  const { usd, tokens } = costOf(reports);
  const { input, output } = bill;
  if (id === "opencode") expectWithin5Percent(usd, (input * 3 + output * 15) / 1e6);
  if (id !== "opencode" || agent.isReal) expectWithin5Percent(tokens, input + output);
}

/** A link in the worktree that leads out of it, where there is one. */
export const LINK = "linked";

/** Programs ask a service that fails many times over before they give up: Copilot for a minute. */
const LIMIT_MS = 6 * 60_000;

/** Program -> situation -> why it is not tried. */
const CANNOT: Readonly<Record<string, Readonly<Record<string, string>>>> = cannot;

/** The tests of one program, in the situations that it `has`: no play is recorded of one that is not there, or cannot. */
export function describeContract(id: ProgramId, make: () => ContractAgent, has: (situation: string) => boolean): void {
  const kind = kindOf(id);
  // Its own sandbox keeps it in its folder; it asks for nothing there.
  const isSandboxed = kind === "codex" || id === "codex-acp";
  const situation = (name: string, title: string, test: () => Promise<void>): void => {
    if (has(name) && CANNOT[id]?.[name] === undefined) it(`${name}: ${title}`, test, LIMIT_MS);
  };
  const write = (path: string) => ({ text: "I write.", write: { path, content: "hello\n" } });

  describe.runIf(has("write"))(id, () => {
    situation(
      "write",
      "writes in its scope, goes on with its session elsewhere, and costs what it was billed",
      async () => {
        const agent = make();
        agent.service?.bill();
        const first = await agent.work("write", ({ cwd }) => [write(join(cwd, "a.txt")), { text: "Done." }]);
        expect(first.outcome).toMatchObject({ ok: true, code: 0, reason: null, failure: null, survivors: 0 });
        if (agent.isReal) expect(readFileSync(join(first.attempt.cwd, "a.txt"), "utf8").trim()).toBe("hello");
        expect(first.attempt.transcript()).toMatch(/I write\.\n(.*\n)*\[tool\] .*\n(.*\n)*Done\.\n(.*\n)*\[done\]\n$/);
        // When it was recorded, a title for the session was billed as well.
        const calls = id === "claude-agent-acp" ? 3 : 2;
        const bill = agent.service?.bill() ?? { input: calls * 1_000, output: calls * 50 };
        expectBilled(id, agent, first.attempt.reports, bill);
        const session = sessionOf(first);
        expect(session).toMatch(/./);
        const lines = ({ cwd }: Attempt) => [write(join(cwd, "b.txt")), { text: "Done again." }];
        const home = join(first.attempt.base, "home");
        const second = await agent.work("resume", lines, { request: { session, attempt: 2, home } });
        expect(second.outcome).toMatchObject({ ok: true });
        if (!agent.isReal) return;
        expect(existsSync(join(second.attempt.cwd, "b.txt"))).toBe(true);
        if (rowOf(id).sessions === "anywhere") expect(sessionOf(second)).toBe(session);
        else expect(sessionOf(second)).not.toBe(session);
        const next = agent.service?.bill() ?? bill;
        expectBilled(id, agent, second.attempt.reports, next);
      },
    );

    situation(
      "denied",
      "is refused a file outside of its scope, and has failed though it says that it is done",
      async () => {
        const outside = isSandboxed ? () => "/etc/pleach-was-here" : ({ cwd }: Attempt) => join(cwd, "a.txt");
        const { outcome, attempt } = await make().work("denied", (each) => [write(outside(each)), { text: "Done." }], {
          before: mayChange("src/**"),
        });
        expect(outcome).toMatchObject({ ok: false, faultOf: "work", failure: { kind: "denied", isFinal: false } });
        expect(existsSync(outside(attempt))).toBe(false);
      },
    );

    situation("goes-on", "is refused a file and goes on with another one", async () => {
      const agent = make();
      const outside = isSandboxed ? () => "/etc/pleach-was-here" : ({ cwd }: Attempt) => join(cwd, "a.txt");
      const lines = (each: Attempt) => [
        write(outside(each)),
        { text: "Another one, then.", write: { path: join(each.cwd, "src/b.txt"), content: "hello\n" } },
        { text: "Done." },
      ];
      const { outcome, attempt } = await agent.work("goes-on", lines, {
        before(each) {
          // Copilot's tool for new files makes no folders for them.
          mkdirSync(join(each.cwd, "src"));
          mayChange("src/**")(each);
        },
      });
      expect(outcome).toMatchObject({ ok: true, failure: null });
      expect(existsSync(outside(attempt))).toBe(false);
      if (agent.isReal) expect(existsSync(join(attempt.cwd, "src/b.txt"))).toBe(true);
    });

    situation("link", "reads a file behind a link that leads out of its worktree", async () => {
      const agent = make();
      const lines = ({ cwd }: Attempt) => [
        { text: "I read.", read: join(cwd, `${LINK}/index.js`) },
        { text: "I write.", write: { path: join(cwd, "a.txt"), content: "{{answers}}\n" } },
        { text: "Done." },
      ];
      const { outcome, attempt } = await agent.work("link", lines, {
        before(each) {
          const elsewhere = join(each.base, "elsewhere");
          mkdirSync(elsewhere);
          writeFileSync(join(elsewhere, "index.js"), "module.exports = 'seen';\n");
          symlinkSync(elsewhere, join(each.cwd, LINK));
          mayChange("a.txt")(each);
        },
      });
      expect(outcome).toMatchObject({ ok: true, failure: null });
      if (agent.isReal) expect(readFileSync(join(attempt.cwd, "a.txt"), "utf8")).toContain("seen");
    });

    situation("stop", "stops when it is told to, in good order, and leaves no process", async () => {
      const text = "This takes a long while, for it is said piece by piece by piece. ".repeat(5);
      const run = `stop-${randomUUID()}`;
      const agent = make();
      const { outcome } = await agent.work("stop", () => [{ text, pauseMs: 500 }], {
        request: { run },
        before: (each, underWay) => void underWay.then(() => each.stop.abort()),
      });
      expect(outcome).toMatchObject({ ok: false, aborted: true, reason: "was stopped", failure: null, survivors: 0 });
      expect(await findProcesses({ run })).toEqual([]);
    });

    situation("killed", "counts what a turn that is killed has cost", async () => {
      const agent = make();
      agent.service?.bill();
      const lines = ({ cwd }: Attempt) => [
        ...["a", "b", "c"].map((name) => ({
          ...write(join(cwd, `${name}.txt`)),
          usage: { input: 20_000, output: 500 },
        })),
        { text: "Now I take my time. ".repeat(20), pauseMs: 500, usage: { input: 0, output: 0 } },
      ];
      const { outcome, attempt } = await agent.work("killed", lines, {
        before(each) {
          const isSlow = (): boolean => existsSync(join(each.cwd, "c.txt"));
          const look = setInterval(() => {
            if (!isSlow()) return;
            clearInterval(look);
            setTimeout(() => each.stop.abort(), 1_500);
          }, 50);
        },
      });
      expect(outcome).toMatchObject({ ok: false, aborted: true });
      expectWithin5Percent(costOf(attempt.reports).tokens, 3 * 20_500);
    });

    situation("message", "hears what it is told while it works", async () => {
      const lines = () => [{ text: "I run something.", run: "sleep 3; echo slept" }, { text: "Done." }];
      const { outcome, attempt } = await make().work("message", lines, {
        before: (each, underWay) => void underWay.then(() => each.send("And say goodbye.")),
      });
      expect(outcome).toMatchObject({ ok: true });
      expect(attempt.transcript()).toContain("[message] And say goodbye.\n");
    });

    for (const [status, failure] of [
      [401, { kind: "auth", isFinal: true }],
      [429, { kind: "rateLimit", isFinal: false }],
      [500, { isFinal: false }],
      [529, { kind: "overloaded", isFinal: false }],
    ] as const)
      situation(
        `error-${status}`,
        `whose service always answers ${status} has failed for that reason, with a hint`,
        async () => {
          const { outcome, attempt } = await make().work(`error-${status}`, () => [{ status }]);
          expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure });
          expect(outcome.reason).toContain(outcome.failure?.hint);
          expect(costOf(attempt.reports)).toEqual({ usd: 0, tokens: 0, estimatedUsd: 0 });
        },
      );

    situation("error-once", "whose service answers 500 once goes on", async () => {
      const lines = ({ cwd }: Attempt) => [{ ...write(join(cwd, "a.txt")), status: 500, times: 1 }, { text: "Done." }];
      const agent = make();
      const { outcome, attempt } = await agent.work("error-once", lines);
      expect(outcome).toMatchObject({ ok: true, failure: null });
      if (agent.isReal) expect(existsSync(join(attempt.cwd, "a.txt"))).toBe(true);
    });

    situation("silent", "whose service never answers is ended for its silence", async () => {
      const agent = make();
      const { outcome } = await agent.work("silent", () => [{ isHanging: true }], {
        agent: { inactivityMs: agent.inactivityMs },
      });
      expect(outcome).toMatchObject({ ok: false, inactive: true, faultOf: "agent", failure: { isFinal: false } });
    });

    situation("dropped", "whose service drops the connection has failed for its service", async () => {
      const { outcome } = await make().work("dropped", () => [{ text: "I beg", isDropped: true }]);
      expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { isFinal: false } });
    });

    situation("garbage", "whose service answers garbage has failed for its service", async () => {
      const { outcome } = await make().work("garbage", () => [{ isGarbage: true }]);
      expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { isFinal: false } });
    });

    situation("huge", "says three megabytes at once and is done", async () => {
      const text = "A long answer. ";
      const { outcome } = await make().work("huge", () => [{ text, repeat: 150_000 }]);
      expect(outcome).toMatchObject({ ok: true, failure: null });
    });
  });
}
