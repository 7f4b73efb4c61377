/**
 * A usage limit that is reached in the midst of a run with real agents: no task pays for it, nobody hammers at the service, and
 * all go on where they were, also when the host is killed while they wait.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { LogRecord } from "../../src/actors/log/index.ts";
import { begin, fates, RUN, readLog, readStatus, resume, Workshop } from "../e2e/runs.ts";
import { git } from "../helpers/program.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, type ProgramId } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

const LIMIT_MS = 40_000;
const TASKS = ["a", "b", "c", "d", "e"];

const workshop = new Workshop("limited agents");
let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterEach(() => void service.lift());
afterAll(async () => {
  await service.close();
  workshop.clean();
});

const tried = (["claude", "codex"] satisfies ProgramId[]).filter(isTried);

const countOf = (records: readonly LogRecord[], type: string): number =>
  records.filter((record) => record.type === type).length;

/** Whether one of the run's worktrees holds the file. */
const isInWorktree = (folder: string, file: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => existsSync(join(folder, name, file)));

const isWritten = (root: string, names: readonly string[]) =>
  names.every((name) => isInWorktree(`${root}.worktrees/${RUN}`, `${name}1.txt`));

const slowly = (name: string): string =>
  service.say(
    { text: "I begin.", write: { path: `${name}1.txt`, content: "one\n" } },
    { text: "I take my time. ".repeat(12), pauseMs: 400, run: "true" },
    { text: "I go on.", write: { path: `${name}2.txt`, content: "two\n" } },
    { text: "Done." },
  );

const listWaits = async (root: string) => (await readStatus(root)).tasks.map(({ waitsFor }) => waitsFor?.kind);

describe.runIf(tried.length > 0).each(tried)("%s, whose service goes away", (id) => {
  it("goes on when that is back, and no task pays for it", { timeout: 300_000 }, async () => {
    const { home, entry } = realEntry(id, service.url);
    const tasks = ["a", "b"].map((name) => ({ id: name, agent: id, instruction: slowly(name) }));
    const files = { "pleach.yaml": JSON.stringify({ agents: { [id]: entry } }) };
    const root = workshop.repository({ goal: "four files", tasks }, files);
    const { ended } = begin(root);
    await vi.waitFor(() => expect(isWritten(root, ["a", "b"])).toBe(true), { timeout: 60_000, interval: 50 });
    await service.leave();
    // Codex asks again by itself, for longer than a test may take.
    const isSeen =
      id === "codex"
        ? () => expect(countOf(readLog(root), "agent.outage")).toBe(2)
        : async () => expect(await listWaits(root)).toEqual(["outage", "outage"]);
    await vi.waitFor(isSeen, { timeout: 150_000, interval: 500 });
    await service.comeBack();
    await ended;
    const status = await readStatus(root);
    expect(fates(status)).toEqual({ a: "merged", b: "merged" });
    expect(status.tasks.map(({ attempts }) => attempts)).toEqual([1, 1]);
    rmSync(home, { recursive: true, force: true });
  });
});

describe.runIf(tried.length === 2)("an agent that stands in", () => {
  it("goes on in the worktrees of what a limit cut off, and does what is to begin", { timeout: 300_000 }, async () => {
    const other = await startModelServer();
    const [claude, codex] = [realEntry("claude", service.url), realEntry("codex", other.url)];
    const tasks = ["a", "b", "c"].map((name) => ({ id: name, instruction: slowly(name) }));
    const agents = { claude: claude.entry, codex: codex.entry };
    const files = { "pleach.yaml": JSON.stringify({ agents, agent: ["claude", "codex"], concurrency: 2 }) };
    const root = workshop.repository({ goal: "files", tasks }, files);
    const { ended } = begin(root);
    await vi.waitFor(() => expect(isWritten(root, ["a", "b"])).toBe(true), { timeout: 60_000, interval: 50 });
    service.limit(Date.now() + 3_600_000);
    await ended;
    const status = await readStatus(root);
    expect(fates(status)).toEqual({ a: "merged", b: "merged", c: "merged" });
    expect(status.tasks.map(({ agent, attempts }) => [agent, attempts])).toEqual([
      ["codex", 1],
      ["codex", 1],
      ["codex", 1],
    ]);
    expect(countOf(readLog(root), "agent.stoodIn")).toBe(3);
    const merged = git(root, "ls-tree", "--name-only", `pleach/${RUN}`).split("\n");
    for (const name of ["a", "b", "c"])
      expect(merged).toEqual(expect.arrayContaining([`${name}1.txt`, `${name}2.txt`]));
    await other.close();
    for (const { home } of [claude, codex]) rmSync(home, { recursive: true, force: true });
  });
});

describe.runIf(tried.length > 0).each(tried)("%s, whose limit five tasks reach", (id) => {
  it("waits for it, killed in between, and costs no task a try", { timeout: 300_000 }, async () => {
    const { home, entry } = realEntry(id, service.url);
    const tasks = TASKS.map((name) => ({
      id: name,
      agent: id,
      scope: [`${name}*.txt`],
      instruction: slowly(name),
    }));
    const files = { "pleach.yaml": JSON.stringify({ agents: { [id]: entry }, concurrency: 5 }) };
    const root = workshop.repository({ goal: "ten files", tasks }, files);
    const first = begin(root);
    const worktrees = `${root}.worktrees/${RUN}`;
    const atWork = () => TASKS.every((name) => isInWorktree(worktrees, `${name}1.txt`));
    await vi.waitFor(() => expect(atWork()).toBe(true), { timeout: 60_000, interval: 50 });
    const until = Date.now() + LIMIT_MS;
    service.limit(until);
    await vi.waitFor(
      () => expect(readLog(root).filter(({ type }) => type === "slot.request")).toHaveLength(TASKS.length),
      { timeout: LIMIT_MS - 5_000, interval: 200 },
    );
    const waiting = await readStatus(root);
    expect(waiting.tasks.map(({ waitsFor }) => waitsFor?.kind)).toEqual(TASKS.map(() => "limit"));
    expect(waiting.accounts).toMatchObject([{ name: id }]);
    // Codex tells the minute alone.
    const exact = id === "codex" ? 60_000 : 2_000;
    expect(Math.abs(Date.parse(waiting.accounts?.[0]?.limitedUntil ?? "") - until)).toBeLessThan(exact);
    first.child.kill("SIGKILL");
    await first.ended;
    const again = resume(root);
    await new Promise((go) => setTimeout(go, Math.max(0, until - Date.now() - 1_000)));
    const refused = service.lift();
    const { status, end } = await again;

    expect(fates(status), end.stdout.slice(-3_000)).toEqual(Object.fromEntries(TASKS.map((name) => [name, "merged"])));
    // Each was refused in its turn, and perhaps tried once more by its program; while it waited nobody asked.
    expect(refused).toBeGreaterThanOrEqual(TASKS.length);
    expect(refused).toBeLessThanOrEqual(3 * TASKS.length);
    const records = readLog(root);
    expect(countOf(records, "agent.unlimited")).toBe(1);
    expect(countOf(records, "account.tried")).toBeLessThanOrEqual(id === "codex" ? 3 : 1);
    const actors = records.filter(({ actor, type }) => actor.startsWith("task:") && type === "agent.exited");
    expect(actors.filter(({ data }) => (data as { ok: boolean }).ok)).toHaveLength(TASKS.length);
    expect(status.tasks.map(({ attempts }) => attempts)).toEqual(TASKS.map(() => 1));
    const merged = git(root, "ls-tree", "--name-only", `pleach/${RUN}`).split("\n");
    for (const name of TASKS) expect(merged).toEqual(expect.arrayContaining([`${name}1.txt`, `${name}2.txt`]));
    rmSync(home, { recursive: true, force: true });
  });
});
