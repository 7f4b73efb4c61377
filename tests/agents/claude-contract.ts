/**
 * What is Claude Code's own: sub-agents and commands in the background, and the tools that are taken from it. Kept by the
 * real programs (`npm run test:agents`), and by the adapter with what they once said, as the contract of all agents is.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REFUSED_TOOLS, unknownTools } from "../../src/actors/agents/claude/tools.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { Attempt } from "../actors/agents/attempt.ts";
import { type ContractAgent, costOf, expectWithin5Percent, mayChange, type Worked } from "./contract.ts";
import type { Line } from "./model-server.ts";
import type { ProgramId } from "./programs.ts";

export const CLAUDES: readonly ProgramId[] = ["claude", "claude-node20"];

/** Long enough to start in, and three times the patience with what runs in the background. */
const inactivityOf = ({ isReal }: ContractAgent): number => (isReal ? 9_000 : 900);
const ENDLESS = "node -e 'setInterval(() => {}, 1000)'";

const mark = (lines: Line[]): string => `[[lines ${Buffer.from(JSON.stringify(lines)).toString("base64url")}]]`;
const write = (path: string): Line => ({ text: "I write.", write: { path, content: "hello\n" } });
const helper = (lines: Line[], more: object = {}): Line => ({
  text: "I start a helper.",
  own: { name: "Agent", args: { description: "a helper", prompt: mark(lines), ...more } },
});
const background = (command: string): Line => ({
  text: "I start a command.",
  own: { name: "Bash", args: { command, description: "a command", run_in_background: true } },
});
const warningsOf = ({ attempt }: Worked): string[] =>
  attempt.reports.flatMap((report) => (report.kind === "warning" && report.isPassing !== true ? [report.text] : []));
/** What was said only for the moment. */
const saidForNow = ({ attempt }: Worked): string[] =>
  attempt.reports.flatMap((report) => (report.kind === "warning" && report.isPassing === true ? [report.text] : []));

/** The tests of one version of the program, in the situations that it `has`. */
export function describeClaude(id: ProgramId, make: () => ContractAgent, has: (situation: string) => boolean): void {
  const situation = (name: string, title: string, test: () => Promise<void>): void => {
    if (has(name)) it(`${name}: ${title}`, test);
  };

  describe.runIf(has("background-agent"))(id, () => {
    situation(
      "background-agent",
      "is done when its sub-agent in the background is, whose write in scope counts",
      async () => {
        const agent = make();
        agent.service?.bill();
        const lines = ({ cwd }: Attempt) => [
          helper([{ run: "sleep 2; echo slept" }, write(join(cwd, "src/a.txt")), { text: "I have written." }], {
            run_in_background: true,
          }),
          { text: "It works in the background." },
          { text: "It has written: all is done." },
        ];
        const worked = await agent.work("background-agent", lines, { before: mayChange("src/**") });
        expect(worked.outcome).toMatchObject({ ok: true, failure: null, survivors: 0 });
        expect(worked.attempt.transcript()).toMatch(/in the background\.\n(.*\n)*.*all is done\.\n(.*\n)*\[done\]\n$/);
        expect(warningsOf(worked)).toEqual([]);
        const { attempt } = worked;
        if (agent.isReal) expect(readFileSync(join(attempt.cwd, "src/a.txt"), "utf8")).toBe("hello\n");
        const bill = agent.service?.bill() ?? { input: 6_000, output: 300 };
        expectWithin5Percent(costOf(attempt.reports).tokens, bill.input + bill.output);
      },
    );

    situation("background-denied", "has failed when its sub-agent was refused and left it at that", async () => {
      const lines = ({ cwd }: Attempt) => [
        helper([write(join(cwd, "a.txt")), { text: "I may not." }], { run_in_background: true }),
        { text: "It works in the background." },
        { text: "All is done." },
      ];
      const { outcome, attempt } = await make().work("background-denied", lines, { before: mayChange("src/**") });
      expect(outcome).toMatchObject({ ok: false, faultOf: "work", failure: { kind: "denied", isFinal: false } });
      expect(existsSync(join(attempt.cwd, "a.txt"))).toBe(false);
    });

    situation("background-command", "is done when its commands in the background are", async () => {
      const agent = make();
      const lines = () => [
        background("sleep 1; echo later > later.txt"),
        background("sleep 2; echo later > latest.txt"),
        { text: "They run." },
        { text: "One has ended." },
        { text: "Both have ended." },
      ];
      const worked = await agent.work("background-command", lines);
      expect(worked.outcome).toMatchObject({ ok: true, failure: null, swept: 0 });
      expect(worked.attempt.transcript()).toContain("Both have ended.");
      expect(warningsOf(worked)).toEqual([]);
      if (agent.isReal) expect(existsSync(join(worked.attempt.cwd, "latest.txt"))).toBe(true);
    });

    situation(
      "endless",
      "is reminded of a command that does not end, and has failed if it did nothing else",
      async () => {
        const run = "run-endless";
        const lines = () => [background(ENDLESS), { text: "It runs." }, { text: "Let it run." }];
        const agent = make();
        const change = { agent: { inactivityMs: inactivityOf(agent) }, request: { run } };
        const worked = await agent.work("endless", lines, change);
        expect(worked.outcome).toMatchObject({ ok: false, faultOf: "work", inactive: false, survivors: 0 });
        expect(worked.outcome).toMatchObject({ failure: { kind: "incomplete" } });
        expect(worked.outcome.reason).toContain("setInterval");
        expect(worked.attempt.transcript()).toMatch(
          /It runs\.\n\[message\] Still running in the background:\n- .*setInt/,
        );
        expect(warningsOf(worked)).toEqual([expect.stringMatching(/^left 1 command running .*setInterval.*: ended$/)]);
        expect(saidForNow(worked)).toEqual([
          expect.stringMatching(
            /^waits for its background work: .*setInterval.*, until \d\d:\d\d if nothing comes of it$/,
          ),
        ]);
        expect(await findProcesses({ run })).toEqual([]);
      },
    );

    situation("server", "is done when it has worked and leaves a server running, which is said", async () => {
      const lines = ({ cwd }: Attempt) => [
        write(join(cwd, "a.txt")),
        background(ENDLESS),
        { text: "The server runs." },
        { text: "Let it run." },
      ];
      const agent = make();
      const worked = await agent.work("server", lines, { agent: { inactivityMs: inactivityOf(agent) } });
      expect(worked.outcome).toMatchObject({ ok: true, failure: null, survivors: 0 });
      expect(warningsOf(worked)).toHaveLength(1);
      expect(worked.attempt.transcript()).toMatch(/\[left 1 command running in the background .*: ended\]\n/);
    });

    situation(
      "background-stop",
      "stops when it only waits for what it runs in the background, and ends that",
      async () => {
        const run = "run-background-stop";
        const lines = () => [background(ENDLESS), { text: "It runs." }, { text: "Let it run." }];
        const { outcome } = await make().work("background-stop", lines, {
          request: { run },
          before(each) {
            const look = setInterval(() => {
              if (!existsSync(join(each.base, "out/t.log")) || !each.transcript().includes("It runs.")) return;
              clearInterval(look);
              setTimeout(() => each.stop.abort(), 500);
            }, 50);
          },
        });
        expect(outcome).toMatchObject({ ok: false, aborted: true, failure: null, survivors: 0, signal: null });
        expect(await findProcesses({ run })).toEqual([]);
      },
    );

    situation("isolation", "starts no sub-agent in a worktree of its own, and is told what to do instead", async () => {
      const lines = ({ cwd }: Attempt) => [
        helper([write(join(cwd, "b.txt"))], { isolation: "worktree" }),
        write(join(cwd, "a.txt")),
        { text: "Done." },
      ];
      const { outcome, attempt } = await make().work("isolation", lines);
      expect(outcome).toMatchObject({ ok: true, failure: null });
      expect(attempt.transcript()).toMatch(/\[denied\] Agent: Start it again without `isolation`\./);
      expect(existsSync(join(attempt.cwd, ".claude"))).toBe(false);
      expect(existsSync(join(attempt.cwd, "b.txt"))).toBe(false);
    });

    for (const [name, session] of [
      ["session-gone", "11111111-1111-4111-8111-111111111111"],
      ["session-unknown", "not an id"],
    ] as const)
      situation(name, `begins anew where its session is ${JSON.stringify(session)}`, async () => {
        const agent = make();
        const lines = ({ cwd }: Attempt) => [write(join(cwd, "a.txt")), { text: "Done." }];
        const { outcome, attempt } = await agent.work(name, lines, { request: { session, attempt: 2 } });
        expect(outcome).toMatchObject({ ok: true, failure: null });
        expect(attempt.transcript()).toContain("[the earlier session is gone: a new one is begun]");
        if (agent.isReal) expect(existsSync(join(attempt.cwd, "a.txt"))).toBe(true);
      });

    situation(
      "login-ends",
      "has failed for good when its login ends in the midst of its work, which is paid",
      async () => {
        const lines = ({ cwd }: Attempt) => [
          write(join(cwd, "a.txt")),
          { status: 401, error: "OAuth token has expired" },
        ];
        const { outcome, attempt } = await make().work("login-ends", lines);
        expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "auth", isFinal: true } });
        expectWithin5Percent(costOf(attempt.reports).tokens, 1_050);
      },
    );

    situation("no-model", "has failed for good when there is no such model, with a hint", async () => {
      const lines = () => [{ status: 404, error: "model: made-up-9" }];
      const { outcome } = await make().work("no-model", lines, { agent: { model: "made-up-9" } });
      expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "api", isFinal: true } });
      expect(outcome.failure?.hint).toContain("`model`");
    });

    situation("steer", "hears within its turn what it is told in the midst of it", async () => {
      const lines = () => [{ text: "I run something.", run: "sleep 3; echo slept" }, { text: "Done." }];
      const { outcome, attempt, said } = await make().work("steer", lines, {
        before: (each, underWay) => void underWay.then(() => each.send("And say goodbye.")),
      });
      expect(outcome).toMatchObject({ ok: true });
      expect(attempt.transcript()).toMatch(/\[message\] And say goodbye\.\n(.*\n)*Done\.\n/);
      expect(said.filter(({ type }) => type === "result")).toHaveLength(1);
    });

    situation("tools", "lists no tool that nobody has looked at", async () => {
      const { said } = await make().work("tools", () => [{ text: "Done." }]);
      const tools = said.flatMap((message) => (Array.isArray(message.tools) ? (message.tools as string[]) : []));
      expect(unknownTools(tools)).toEqual([]);
      expect(tools.filter((tool) => tool in REFUSED_TOOLS)).toEqual([]);
      expect(tools).toContain("Bash");
    });
  });
}
