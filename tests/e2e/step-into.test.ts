/** A program that steps into a run through the library, as docs/library.md shows it, while the built program carries it on. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { PleachError, stepInto } from "../../src/index.ts";
import { compileText } from "../helpers/compile-src.ts";
import { CLI, programEnv } from "../helpers/program.ts";
import { begin, fates, PATIENCE_MS, RUN, readEnd, readStatus, resume, show, taskOf, until, Workshop } from "./runs.ts";

const workshop = new Workshop("stepping in from a program");
afterAll(() => workshop.clean());

const page = readFileSync(new URL("../../docs/library.md", import.meta.url), "utf8");
const [, example = ""] = /^```ts step-in\n(.*?)^```$/ms.exec(page) ?? [];
const promised = [...example.matchAll(/console\.log\(.*\);? \/\/ (.*)$/gm)].map(([, words]) => words);

/** A task that works until there is the file `go-ID` beside git's own. */
const waiting = (root: string, id: string, more: object = {}) => ({
  ...{ id, scope: [`${id}.txt`] },
  run: `touch '${root}/.git/${id}'; until [ -e '${root}/.git/go-${id}' ]; do sleep 0.1; done; echo ${id} > ${id}.txt`,
  ...more,
});

function beginPlan(make: (root: string) => readonly object[]) {
  const root = workshop.repository({});
  writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "from a program", concurrency: 4, tasks: make(root) }));
  const going = begin(root);
  return {
    ...{ root, going, letGo: (id: string) => writeFileSync(join(root, ".git", `go-${id}`), "") },
    atWork: (id: string) => until(`${id} at work`, () => existsSync(join(root, ".git", id))),
    stands: (id: string, status: string) =>
      until(`${id} ${status}`, async () => taskOf(await readStatus(root), id).status === status),
  };
}

const codeOf = (thrown: unknown): string => (thrown instanceof PleachError ? thrown.code : String(thrown));

describe("a program that steps into a run", { timeout: PATIENCE_MS }, () => {
  it("does what the page about the library shows", async () => {
    const { root, going, atWork, letGo } = beginPlan((at) => [
      waiting(at, "slow"),
      waiting(at, "other"),
      { id: "later", run: "false", scope: ["later.txt"], needs: ["slow", "other"] },
    ]);
    await atWork("slow");
    const pleach = pathToFileURL(join(dirname(CLI), "index.js")).href;
    const program = join(root, ".git/program.mjs");
    writeFileSync(program, compileText(example).replace('"pleach"', JSON.stringify(pleach)));
    const done = spawnSync(process.execPath, [program], { cwd: root, env: programEnv(), encoding: "utf8" });
    expect([done.stderr, done.stdout.trim().split("\n")]).toEqual(["", promised]);
    letGo("other");
    const { end, status } = readEnd(await going.ended);
    expect([end.code, fates(status)]).toEqual([0, { slow: "merged", other: "merged", later: "merged" }]);
    expect(show(root, "later.txt")).toBe("by hand\n");
  });

  it("tells, pauses, continues, stops, skips, retries, edits, takes over and gives back, as a person at a terminal does", async () => {
    const { root, going, atWork, letGo, stands } = beginPlan((at) => [
      waiting(at, "long"),
      waiting(at, "bad"),
      { id: "talks", agent: "scripted", script: [{ sleep: "600s" }], scope: ["talks.txt"] },
      { id: "unwanted", run: "false", needs: ["long"] },
      { id: "last", run: "false", scope: ["last.txt"], needs: ["long"] },
    ]);
    for (const id of ["long", "bad"]) await atWork(id);
    const run = await stepInto({ dir: root });
    expect(run.run).toBe(RUN);
    await stands("talks", "running");
    expect((await run.tell("talks", "faster")).message).toContain("the agent of talks hears it");
    expect((await run.pause("all")).message).toContain("5 tasks are paused");
    await stands("long", "paused");
    expect(await run.pause(["long"]).catch(codeOf)).toBe("step.paused");
    expect((await run.continue(["long", "bad", "talks"])).message).toBe("long, bad, talks go on");
    await run.continue("all");
    expect((await run.skip("unwanted")).message).toBe("unwanted is skipped");
    expect(await run.edit("last", { needs: ["last"] }).catch(codeOf)).toBe("plan.cycle");
    expect(await run.edit("last", { run: "cat long.txt > last.txt" })).toMatchObject({
      changed: ["run"],
      warnings: [],
    });
    await run.stop("bad");
    await stands("bad", "cancelled");
    expect(await run.edit("bad", { retries: 1 }).catch(codeOf)).toBe("step.over");
    letGo("bad");
    // What was stopped is cleaned up first.
    const again = await until("it is tried again", () =>
      run
        .retry(["bad"], { fresh: true })
        .catch((thrown) => (codeOf(thrown) === "run.busy" ? null : Promise.reject(thrown))),
    );
    expect(again.message).toBe("tried again, afresh: bad");
    const { taken } = await run.takeover("talks");
    expect(existsSync(taken?.path ?? "")).toBe(true);
    expect(await run.takeover("talks").catch(codeOf)).toBe("step.taken");
    writeFileSync(join(taken?.path ?? "", "talks.txt"), "by hand\n");
    process.kill((await readStatus(root)).host.pid as number, "SIGKILL");
    await going.ended;
    await until("its host gone", async () => !(await readStatus(root)).host.alive);
    // Without a host all is recorded but what needs one.
    expect(await run.takeover("long").catch(codeOf)).toBe("step.noHost");
    expect((await run.giveback("talks")).message).toContain(`pleach resume ${RUN}`);
    expect((await run.edit("last", { title: "The last" })).message).toContain(`pleach resume ${RUN}`);
    letGo("long");
    const { status } = await resume(root);
    expect(fates(status)).toEqual({
      ...{ long: "merged", bad: "merged", talks: "merged", unwanted: "skipped", last: "merged" },
    });
    expect([show(root, "talks.txt"), show(root, "last.txt")]).toEqual(["by hand\n", "long\n"]);
    expect(await run.pause("all").catch(codeOf)).toBe("run.over");
    expect(await stepInto({ dir: root, run: "nobody" }).catch(codeOf)).toBe("run.notFound");
  });
});
