/**
 * The table of quirks, column by column, compared with what the real programs do when nothing of pleach is between: a cell
 * that is not so is red. Titles end in what the cell says, for `scripts/agent-table.mjs`. That pleach acts on it the contract
 * shows (contract.ts: denied, goes-on, write, killed, error-…); what only both together can show is tried here through it.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AcpCosts } from "../../src/actors/agents/acp/acp-costs.ts";
import { readGreeting } from "../../src/actors/agents/acp/greeting.ts";
import { tighten } from "../../src/actors/agents/acp/opencode-permissions.ts";
import type { LiveCount, Quirks, TokenCount } from "../../src/actors/agents/acp/quirks.ts";
import { type JsonRecord, listOf, recordOf, textOf } from "../../src/actors/agents/json-access.ts";
import { rowOf } from "./acp-names.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { entryOf, isTried, makeScratch, PROGRAMS, type ProgramId } from "./programs.ts";
import { type Answer, RawAcp } from "./raw-acp.ts";
import { RealAgent } from "./real-agent.ts";

const LIMIT_MS = 6 * 60_000;
/** Of two that say the same the first is as good. */
const TOKEN_COUNTS: readonly TokenCount[] = ["prompt", "process", "quota", "models", "chunks"];
const LIVE_COUNTS: readonly LiveCount[] = ["call", "callSoFar"];
/** How a user has it act without asking, so that this can be taken back; the others do so by themselves. */
const LOOSER: Partial<Record<ProgramId, string[]>> = { gemini: ["--approval-mode=yolo"] };
/** In its folder it needs no permission in any of its modes but one. */
const OUTSIDE = join(import.meta.dirname, "../../node_modules/.pleach-was-here");
const REFUSED = "/etc/pleach-was-here";

let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(() => service.close());

/** A session in which it has written two files, was refused one, and has met a service that fails. */
interface Seen {
  raw: RawAcp;
  good: Answer[];
  /** Tokens of these. */
  billed: number;
  refused: Answer;
  failed: Answer;
  complaints: string[];
}

for (const { id } of PROGRAMS.filter((each) => each.kind === "acp" && isTried(each.id))) {
  const row = rowOf(id);
  const start = (more: { home?: string; args?: string[]; env?: Record<string, string | undefined> } = {}) =>
    RawAcp.start({ id, url: service.url, ...more });
  const isSandboxed = id === "codex-acp";
  /** OpenCode asks when a variable says so. */
  const asking = id === "opencode" ? { OPENCODE_PERMISSION: JSON.stringify(tighten({})) } : {};
  const write = (path: string, then = "Done.") =>
    service.say(
      { text: "I write.", write: { path, content: "hello\n" }, usage: { input: 1_000, output: 50 } },
      { text: then, usage: { input: 1_200, output: 60 } },
    );
  const makeAsk = async (raw: RawAcp) => {
    if (row.mode !== null) await raw.ask("session/set_mode", { modeId: row.mode.asks });
    for (const [configId, value] of Object.entries(row.options))
      await raw.ask("session/set_config_option", { configId, value });
  };

  describe(id, () => {
    let seen: Seen;
    const opened: RawAcp[] = [];
    const open = async (starting: Promise<RawAcp>) => {
      const raw = await starting;
      opened.push(raw);
      const greeting = await raw.greet();
      return { raw, greeting, state: await raw.open() };
    };

    beforeAll(async () => {
      const { raw } = await open(start({ env: asking }));
      await makeAsk(raw);
      service.bill();
      const good = [await raw.prompt(write(join(raw.cwd, "a.txt"))), await raw.prompt(write(join(raw.cwd, "b.txt")))];
      const { input, output } = service.bill();
      raw.answers = "reject_once";
      const refused = await raw.prompt(write(isSandboxed ? REFUSED : join(raw.cwd, "c.txt"), "Another one, then."));
      const before = raw.complaints.length;
      const failed = await raw.prompt(service.say({ status: 500 }));
      seen = { raw, good, billed: input + output, refused, failed, complaints: raw.complaints.slice(before) };
    }, LIMIT_MS);
    afterAll(async () => {
      for (const raw of opened) await raw.close();
    });

    it(`tokens: where it tells what a turn has used = ${row.tokens}`, () => {
      const told = (tokens: TokenCount) => sum(countTokens(seen.good, { ...row, tokens }).map(({ all }) => all));
      const off = (tokens: TokenCount) => Math.abs(told(tokens) - seen.billed);
      const [best = "prompt"] = [...TOKEN_COUNTS].sort((a, b) => off(a) - off(b));
      // Too few: those of the last of two calls, in each of two turns.
      if (isNear(told(best), seen.billed)) expect(best).toBe(row.tokens);
      else expect(["lastCall", told("lastCall")]).toEqual([row.tokens, 2 * 1_260]);
    });

    it(`used: what it tells while a turn is under way = ${row.used}`, () => {
      const fits = (used: LiveCount) =>
        isNear(sum(countTokens(seen.good, { ...row, used }).map(({ live }) => live)), seen.billed);
      expect(LIVE_COUNTS.find(fits) ?? "nothing").toBe(row.used);
    });

    it(`paysAlways: tells tokens of each turn that has not failed = ${row.paysAlways ? "yes" : "no"}`, () => {
      const turns = countTokens([...seen.good, seen.refused, seen.failed], row);
      expect(turns.map(({ all }) => all > 0)).toEqual([true, true, true, !row.paysAlways]);
    });

    it(`rejected: what its turn does after a refusal = ${row.rejected}`, () => {
      const isOn = wordsIn(seen.refused).includes("Another one, then.");
      expect(isOn ? "goesOn" : "ends").toBe(row.rejected);
    });

    it("failure: says errors of its service so that they are seen to be errors", () => {
      const words = wordsIn(seen.failed, row.retrying).trim();
      // Codex says politely that there is high demand; that it used nothing tells the rest.
      const isPolite = seen.failed.error === null && seen.failed.result.usage === null;
      if (words !== "" && !isPolite) expect(words).toMatch(row.failure);
      for (const turn of seen.good) expect(wordsIn(turn)).not.toMatch(row.failure);
    });

    it(`retrying: says that its service is tried again = ${row.retrying === null ? "no" : "yes"}`, () => {
      const lines = [...seen.failed.updates.map(textIn), ...seen.complaints].filter((line) =>
        /\bretrying\b/i.test(line),
      );
      if (row.retrying === null) expect(lines).toEqual([]);
      else {
        expect(lines).not.toEqual([]);
        for (const line of lines) expect(line).toMatch(row.retrying);
      }
    });

    it(`mode: asks before it acts = ${row.mode === null ? "has none" : nameOf(row.mode.asks)}`, async () => {
      expect(seen.raw.asked.length).toBeGreaterThan(0);
      // In each of the looser ones it does not.
      for (const modeId of row.mode?.insteadOf ?? []) {
        // Without this Claude has no such mode for root.
        const { raw } = await open(start({ env: { IS_SANDBOX: "1" } }));
        expect((await raw.ask("session/set_mode", { modeId })).error, modeId).toBeNull();
        await raw.prompt(write(isSandboxed ? OUTSIDE : join(raw.cwd, "a.txt")));
        rmSync(OUTSIDE, { force: true });
        expect(raw.asked, modeId).toEqual([]);
      }
    });

    it(`options: what is to be set so that it asks = ${wordOptions(row)}`, async () => {
      const { raw, state } = await open(start({ env: asking }));
      const offered = listOf(state.result.configOptions).map(recordOf);
      const permissions = offered.filter(({ category }) => category === "permissions").map((each) => each.id);
      expect(permissions).toEqual(Object.keys(row.options));
      for (const [configId, value] of Object.entries(row.options)) {
        const { options } = recordOf(offered.find((each) => each.id === configId));
        const values = listOf(options).map((each) => recordOf(each).value);
        const others = values.filter((each) => each !== value);
        for (const [at, each] of [...others, value].entries()) {
          const before = raw.asked.length;
          await raw.ask("session/set_config_option", { configId, value: each });
          await raw.prompt(write(join(raw.cwd, `${at}.txt`)));
          expect(raw.asked.length > before, `${configId} ${each}`).toBe(each === value);
        }
      }
    });

    it(
      "asks: asks before it acts under pleach, though its user's default is looser",
      async () => {
        const args = LOOSER[id] ?? [];
        const { raw } = await open(start({ args }));
        await raw.prompt(write(isSandboxed ? OUTSIDE : join(raw.cwd, "a.txt")));
        rmSync(OUTSIDE, { force: true });
        // Copilot asks by itself; what a user has it do on its command line cannot be taken back.
        expect(raw.asked.length > 0).toBe(id === "copilot");
        const entry = entryOf(id, { home: makeScratch(), url: service.url });
        let asked = 0;
        const line = { text: "I write.", write: { path: "", content: "hello\n" } };
        await new RealAgent(id, service).work(
          "asks",
          ({ cwd }) => [
            { ...line, write: { ...line.write, path: isSandboxed ? REFUSED : join(cwd, "a.txt") } },
            { text: "Done." },
          ],
          {
            agent: { args: [...(entry.args ?? []), ...args] },
            before(attempt) {
              attempt.requestPermission = () => {
                asked++;
                return Promise.resolve({ allow: false, reason: "no" });
              };
            },
          },
        );
        expect(asked).toBeGreaterThan(0);
      },
      LIMIT_MS,
    );

    it(`sessions: where a session can go on = ${row.sessions}`, async () => {
      const { raw: first } = await open(start({ env: asking }));
      await makeAsk(first);
      await first.prompt(write(join(first.cwd, "a.txt")));
      await first.close();
      const next = await start({ home: first.home, env: asking });
      opened.push(next);
      const { resume } = readGreeting(await next.greet());
      const isThere = (await next.open(first.session, resume ?? "")).error === null;
      if (isThere) {
        await makeAsk(next);
        // One that hangs at its first permission never answers.
        const answered = next.prompt(write(join(next.cwd, "b.txt")));
        await Promise.race([answered, sleep(20_000, null, { ref: false })]);
      }
      expect(existsSync(join(next.cwd, "b.txt")) ? "anywhere" : "folder").toBe(row.sessions);
    });

    it(`checksModel: refuses a model that is not there = ${row.checksModel ? "yes" : "no"}`, async () => {
      const { raw, state } = await open(start());
      const has = listOf(state.result.configOptions).some((each) => recordOf(each).id === "model");
      const { error } = has
        ? await raw.ask("session/set_config_option", { configId: "model", value: "no-such-model" })
        : await raw.ask("session/set_model", { modelId: "no-such-model" });
      expect(error !== null).toBe(row.checksModel);
    });

    it("no-model: with a model that is not there fails for good, and asks no model", async () => {
      const agent = new RealAgent(id, service);
      service.bill();
      const { outcome } = await agent.work("no-model", () => [{ text: "Done." }], {
        agent: { model: "no-such-model" },
      });
      expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { isFinal: true } });
      expect(outcome.failure?.hint).toMatch(/^Correct `model` of the agent/);
      expect(service.bill()).toMatchObject({ input: 0, output: 0 });
    });

    it(`key: logs in by a key = ${row.key?.method ?? "has no such way"}`, async () => {
      const bare = () => {
        const home = makeScratch();
        return { HOME: home, CODEX_HOME: home };
      };
      if (row.key === null) {
        // A home without any login: what it needs is in its variables.
        const { greeting, state } = await open(start({ env: bare() }));
        expect(state.error).toBeNull();
        expect(listOf(greeting.authMethods).map(takesKey)).not.toContain(true);
        return;
      }
      for (const variable of row.key.variables) {
        const none = Object.fromEntries(row.key.variables.map((name) => [name, undefined]));
        const raw = await start({ env: { ...bare(), ...none, [variable]: "a-key-of-no-worth" } });
        opened.push(raw);
        const methods = listOf((await raw.greet()).authMethods).filter(takesKey);
        expect(methods.map((each) => recordOf(each).id)).toEqual([row.key.method]);
        expect((await raw.request("authenticate", { methodId: row.key.method })).error, variable).toBeNull();
        expect((await raw.open()).error, variable).toBeNull();
      }
    });
  });
}

/** Tokens of each turn by a row: as estimated before its end, and all in all. */
function countTokens(turns: readonly Answer[], row: Quirks): { live: number; all: number }[] {
  const costs = new AcpCosts(undefined);
  costs.beginSession(0);
  return turns.map(({ updates, result }) => {
    costs.beginTurn();
    let live = 0;
    for (const update of updates) {
      if (update.sessionUpdate === "usage_update") live += costs.hearUpdate(update, row, true)?.tokens ?? 0;
      if (update.sessionUpdate === "tool_call_update" && update.status === "completed") costs.endCall();
      const usage = recordOf(update._meta).usage;
      if (usage !== undefined) costs.hearChunk(recordOf(usage));
    }
    return { live, all: costs.endTurn(result, row).used ?? 0 };
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
const isNear = (value: number, of: number): boolean => Math.abs(value - of) <= 0.05 * of;
const textIn = (update: JsonRecord): string => textOf(recordOf(update.content).text) ?? "";

/** The agent's words, without those that only say that it tries again. */
const wordsIn = ({ updates }: Answer, without: RegExp | null = null): string =>
  updates
    .map(textIn)
    .filter((text) => without?.test(text) !== true)
    .join("");

/** Whether a way to log in takes the key of a service. */
const takesKey = (method: unknown): boolean => recordOf(recordOf(method)._meta)["api-key"] !== undefined;

const nameOf = (mode: string): string => mode.slice(mode.lastIndexOf("#") + 1);

function wordOptions({ options }: Quirks): string {
  const set = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return set.length === 0 ? "yes" : set.join(", ");
}
