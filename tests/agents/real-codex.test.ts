/** What only Codex does: its sandbox, its configuration, its terminals and its limits; the real program, by its app-server. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentExited } from "../../src/actors/agents/index.ts";
import { requestPermission } from "../../src/actors/perform/request-permission.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { AgentSpec } from "../../src/plan/model.ts";
import { type Attempt, makeAttempt } from "../actors/agents/attempt.ts";
import type { Line } from "./model/line.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, makeScratch } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

describe.runIf(isTried("codex"))("the real Codex", () => {
  let service: ModelServer;
  const folders: string[] = [];
  beforeAll(async () => {
    service = await startModelServer();
  });
  afterAll(async () => {
    await service.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  interface Prepared {
    attempt: Attempt;
    /** Of its configuration. */
    home: string;
    work(lines: Line[], agent?: Partial<AgentSpec>): Promise<AgentExited>;
  }

  /** For a task that may change what lies in src/. */
  function prepare(url = service.url): Prepared {
    const { home, entry } = realEntry("codex", url);
    const scratch = makeScratch();
    folders.push(home, scratch);
    const attempt = makeAttempt(scratch);
    attempt.requestPermission = (asked) =>
      Promise.resolve(requestPermission(asked, { cwd: attempt.cwd, scope: ["src/**"] }));
    return {
      attempt,
      home,
      async work(lines, agent = {}) {
        const outcome = await attempt.start({
          run: "real-codex",
          work: { kind: "agent", agent: "codex", instruction: service.say(...lines) },
          agent: { name: "codex", ...entry, ...agent },
          env: { PATH: process.env.PATH ?? "", HOME: home, ...entry.env },
          graceMs: 5_000,
        });
        if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
        return outcome;
      },
    };
  }

  it("leaves its user's configuration as it is, and heeds none that lies in the repository", async () => {
    const { attempt, home, work } = prepare();
    mkdirSync(join(attempt.cwd, ".codex"));
    writeFileSync(join(attempt.cwd, ".codex/config.toml"), 'model_provider = "of the repository"\n');
    const config = join(home, "config.toml");
    const before = readFileSync(config, "utf8");
    expect(await work([{ text: "Done." }])).toMatchObject({ ok: true });
    expect(readFileSync(config, "utf8")).toBe(before);
  });

  it("runs commands in its sandbox, and is refused what it wants beyond it", async () => {
    const { attempt, work } = prepare();
    const outside = join(attempt.base, "outside.txt");
    const free = { sandbox_permissions: "require_escalated", justification: "I want to." };
    const outcome = await work([
      { text: "One.", run: `echo one > ${JSON.stringify(outside)}` },
      { text: "Two.", own: { name: "exec_command", args: { cmd: `echo two > '${outside}'`, ...free } } },
      { text: "Done." },
    ]);
    expect(existsSync(outside)).toBe(false);
    expect(attempt.transcript()).toMatch(/^\[denied\] .*echo two.*: it may not be run outside of its sandbox/m);
    expect(outcome).toMatchObject({ ok: false, failure: { kind: "denied" } });
  });

  it("hears at once that it has changed a file outside of its scope", async () => {
    const { attempt, work } = prepare();
    const lines = [
      { text: "I write.", write: { path: join(attempt.cwd, "a.txt"), content: "a\n" } },
      { text: "Done." },
    ];
    expect(await work(lines)).toMatchObject({ ok: true });
    expect(attempt.transcript()).toMatch(/^\[outside\] .*a\.txt: "a\.txt" is outside this task's scope/m);
    expect(service.heard()).toContainEqual(expect.stringMatching(/^You changed .*a\.txt, but .* Undo that change/));
  });

  it("asks for each change where it has no sandbox, before it makes it", async () => {
    const { attempt, work } = prepare();
    const [outside, inside] = [join(attempt.cwd, "a.txt"), join(attempt.cwd, "src/b.txt")];
    const lines = [
      { text: "I write.", write: { path: outside, content: "a\n" } },
      { text: "Another.", write: { path: inside, content: "b\n" } },
      { text: "Done." },
    ];
    expect(await work(lines, { sandbox: "danger-full-access" })).toMatchObject({ ok: true });
    expect([existsSync(outside), existsSync(inside)]).toEqual([false, true]);
  });

  it("leaves no terminal behind that did not end, and that is said", async () => {
    const { attempt, work } = prepare();
    const terminal = { cmd: "sleep 4321", yield_time_ms: 300 };
    const outcome = await work([
      { text: "I serve.", own: { name: "exec_command", args: terminal } },
      { text: "Done." },
    ]);
    expect(outcome).toMatchObject({ ok: true, survivors: 0 });
    expect(attempt.transcript()).toMatch(/^\[background\] .*sleep 4321/m);
    expect(await findProcesses({ run: "real-codex" })).toEqual([]);
  });

  it("tells when its account's limit ends", async () => {
    const until = Math.floor(Date.now() / 1_000) + 5_400;
    const limited = createServer((request, response) => {
      request.resume().on("end", () => {
        const primary = { "used-percent": "100", "window-minutes": "300", "reset-at": String(until) };
        for (const [name, value] of Object.entries(primary)) response.setHeader(`x-codex-primary-${name}`, value);
        response.writeHead(429, { "content-type": "application/json" });
        const error = { type: "usage_limit_reached", message: "The usage limit has been reached", resets_at: until };
        response.end(JSON.stringify({ error }));
      });
    });
    await new Promise<void>((resolve) => limited.listen(0, "127.0.0.1", resolve));
    try {
      const { attempt, work } = prepare(`http://127.0.0.1:${(limited.address() as AddressInfo).port}`);
      const outcome = await work([{ text: "never said" }]);
      expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "rateLimit", isFinal: false } });
      const limits = attempt.reports.filter(({ kind }) => kind === "limit");
      expect(limits.at(-1)).toMatchObject({ until: until * 1_000, account: null });
    } finally {
      limited.closeAllConnections();
      limited.close();
    }
  });

  it("of a version without an app-server works by `codex exec`", async () => {
    const { attempt, work } = prepare();
    const path = join(attempt.cwd, "src/a.txt");
    // An argument that the app-server does not take, and `codex exec` does.
    const outcome = await work([{ text: "I write.", write: { path, content: "a\n" } }, { text: "Done." }], {
      args: ["--color", "never"],
    });
    expect(outcome).toMatchObject({ ok: true });
    expect(existsSync(path)).toBe(true);
    expect(attempt.transcript()).toContain("`codex exec` is used");
  });
});
