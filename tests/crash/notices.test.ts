/**
 * The program is killed with SIGKILL while it tells its person something, and resumed: everything is told, at most once more
 * for each kill and then by the same ids, and no command of theirs outlives it for good.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openFileLog } from "../../src/actors/log/file-log.ts";
import { readRecords } from "../../src/actors/log/index.ts";
import { findProcesses } from "../../src/actors/process/index.ts";
import { randomFrom } from "../../src/machines/random.ts";
import type { NoticeDocument } from "../../src/protocol/notices.ts";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { type Ended, makeRepository, scratchFolder, startProgram } from "../helpers/program.ts";

const scratch = scratchFolder("pleach notices");
afterAll(scratch.remove);

const PLAN = `goal: tell me
concurrency: 2
tasks:
  - {id: bad, run: exit 3, retries: 0}
  - {id: slow, run: "sleep 2; echo slow > slow.txt"}
  - {id: worse, run: exit 3, retries: 0, prefers: [slow]}
`;

/** A run whose person's command is this; `$BOOK` is a folder of its own. */
function makeRun(name: string, command: string) {
  const root = join(scratch.path, name, "repository");
  const book = join(scratch.path, name, "book");
  const config = join(scratch.path, name, "config");
  makeRepository(root, { "base.txt": "base\n", "plan.yaml": PLAN });
  mkdirSync(book);
  const setCommand = (text: string): void => {
    mkdirSync(join(config, "pleach"), { recursive: true });
    writeFileSync(join(config, "pleach/config.yaml"), JSON.stringify({ notify: [{ run: text }] }));
  };
  setCommand(command);
  const env = { XDG_CONFIG_HOME: config, BOOK: book };
  const begun = (): boolean => existsSync(join(root, ".ce-workspace/r/log"));
  return {
    root,
    setCommand,
    start: () => {
      const args = begun() ? ["resume", "r"] : ["run", "plan.yaml", "--run-id", "r"];
      return startProgram(root, [...args, "--json", "--no-learn"], env);
    },
    documents: (): NoticeDocument[] =>
      existsSync(join(book, "told"))
        ? readFileSync(join(book, "told"), "utf8")
            .split("\n")
            .flatMap((text) => (text === "" ? [] : [JSON.parse(text)]))
        : [],
    records: () => readRecords(openFileLog(join(root, ".ce-workspace/r/log"))),
  };
}

type Run = ReturnType<typeof makeRun>;

/** Starts it again and again until it ends by itself; with how often it was killed. */
async function live(run: Run, during: (started: ReturnType<Run["start"]>) => void = () => {}) {
  let kills = 0;
  for (;;) {
    const started = run.start();
    during(started);
    const end: Ended = await started.ended;
    if (end.signal === null) return { kills, end };
    kills += 1;
  }
}

const idsOf = (documents: readonly NoticeDocument[]): string[] =>
  documents.flatMap(({ notices }) => notices.map(({ id }) => id));

/** What must hold of what was told, whatever was killed. */
async function expectTold(run: Run, kills: number): Promise<void> {
  const documents = run.documents();
  const ids = idsOf(documents);
  const matters = documents.flatMap(({ notices }) => notices.map(({ when, task }) => `${when} ${task ?? ""}`.trim()));
  expect([...new Set(matters)].sort()).toEqual(["failed bad", "failed worse", "finished"]);
  expect(new Set(ids).size).toBe(3);
  for (const id of new Set(ids)) expect(ids.filter((each) => each === id).length).toBeLessThanOrEqual(1 + kills);
  expect(documents.length - new Set(documents.map(({ id }) => id)).size).toBeLessThanOrEqual(kills);
  const records = await run.records();
  expect(checkInvariants(records)).toEqual([]);
  const said = records.flatMap(({ type, data }) =>
    type === "notice.sent" ? (data as { notices: string[] }).notices : [],
  );
  expect(said.toSorted()).toEqual([...new Set(ids)].sort());
  expect(await findProcesses({ run: "r", task: ":notify" })).toEqual([]);
}

const KEEP = `cat >> "$BOOK/told"`;

describe("a host that is killed while it tells something", () => {
  it("after the person was told, and before the log says so: it is told once more, by the same id", {
    timeout: 180_000,
  }, async () => {
    // Each of the first three times it kills who started it.
    const run = makeRun("told", `${KEEP}; echo >> "$BOOK/times"; [ $(wc -l < "$BOOK/times") -gt 3 ] || kill -9 $PPID`);
    const { kills, end } = await live(run);
    expect({ kills, code: end.code }).toEqual({ kills: 3, code: 1 });
    await expectTold(run, kills);
    const before = run.documents().length;
    await live(run);
    expect(run.documents()).toHaveLength(before);
  });

  it("when the run is over already: resume tells it, and tells it once", { timeout: 180_000 }, async () => {
    const run = makeRun("over", `grep -q finished && kill -9 $PPID`);
    expect((await run.start().ended).signal).toBe("SIGKILL");
    run.setCommand(KEEP);
    const { end } = await live(run);
    expect(end.code).toBe(1);
    expect(run.documents().flatMap(({ notices }) => notices.map(({ when }) => when))).toContain("finished");
    const told = run.documents().length;
    await live(run);
    expect(run.documents()).toHaveLength(told);
  });

  it("by a command that hangs: the host that goes on ends it", { timeout: 180_000 }, async () => {
    const run = makeRun("hangs", `echo >> "$BOOK/times"; trap '' TERM; (setsid sleep 600 &) ; sleep 600`);
    const hung = () => findProcesses({ run: "r", task: ":notify" });
    const started = run.start();
    while ((await hung()).length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    started.child.kill("SIGKILL");
    await started.ended;
    expect((await hung()).length).toBeGreaterThan(0);
    run.setCommand(KEEP);
    const { end } = await live(run);
    expect(end.code).toBe(1);
    expect(await hung()).toEqual([]);
    expect(idsOf(run.documents())).toHaveLength(3);
  });

  it("at moments drawn from a seed, a dozen times", { timeout: 300_000 }, async () => {
    const run = makeRun("random", `sleep 0.3; ${KEEP}; sleep 0.3`);
    let kills = 0;
    for (let life = 0; life < 12; life += 1) {
      const { child, ended } = run.start();
      const timer = setTimeout(() => child.kill("SIGKILL"), 700 + 2_500 * randomFrom(7, life));
      const { signal } = await ended;
      clearTimeout(timer);
      if (signal === null) break;
      kills += 1;
    }
    await live(run);
    await expectTold(run, kills);
  });
});
