/** Leases, questions and notes of agents, in a run whose runtime is real. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyMeta } from "../../../src/actors/projections/run-view.ts";
import { projectStatus } from "../../../src/actors/projections/status.ts";
import { drain } from "../../helpers/drain.ts";
import { type GatewayRun, openGatewayRun } from "./gateway-run.ts";

let run: GatewayRun;
beforeEach(async () => {
  run = await openGatewayRun();
});
afterEach(() => run.close());

/** Waits that the test ends by what it does next. */
const PATIENT = { patienceMs: 600_000 };
const LONG = { wait_s: 600 };

const lastRecord = (type: string) => run.log.records().findLast((record) => record.type === type);

describe("resources", () => {
  it("go to one agent at a time, to the next as soon as they are released, each time with a larger fence", async () => {
    const first = await run.call("build", "claim_resource", { resource: "db" });
    expect(first).toMatchObject({ kind: "done", data: { units: 1, fence: 1 } });
    const second = run.call("review", "claim_resource", { resource: "db", ...LONG }, PATIENT);
    await drain(run.runtime);
    expect(await run.call("other", "claim_resource", { resource: "db" })).toMatchObject({
      kind: "waiting",
      text: expect.stringContaining("number 2 in the queue"),
    });
    expect(await run.call("build", "release_resource", { resource: "db", fence: 7 })).toMatchObject({
      kind: "refused",
    });
    expect(await run.call("build", "release_resource", { resource: "db", fence: 1 })).toMatchObject({ kind: "done" });
    expect(await second).toMatchObject({ kind: "done", data: { fence: 2 } });
    expect(await run.call("build", "release_resource", { resource: "db" })).toMatchObject({ kind: "refused" });
    await run.call("review", "release_resource", { resource: "db" });
    expect((await run.call("other", "claim_resource", { resource: "db" })).data).toMatchObject({ fence: 3 });
  });

  it("that the plan gives a task are not taken a second time, and count for everybody", async () => {
    expect(await run.call("other", "claim_resource", { resource: "seats" })).toMatchObject({
      kind: "done",
      text: expect.stringContaining("by the plan"),
    });
    expect(await run.call("build", "claim_resource", { resource: "seats" })).toMatchObject({ kind: "done" });
    expect(await run.call("review", "claim_resource", { resource: "seats" })).toMatchObject({ kind: "waiting" });
    expect(run.gateway.coordination.scheduler?.used).toEqual({ seats: 2 });
  });

  it("that nobody can get are refused", async () => {
    for (const args of [{ resource: "gpu" }, { resource: "db", units: 2 }, { resource: "constructor" }]) {
      expect(await run.call("build", "claim_resource", args)).toMatchObject({
        kind: "refused",
        text: expect.stringContaining("Resources of the plan: db, seats"),
      });
    }
  });

  it("are renewed by any call of their holder, and given to the next when it falls silent", async () => {
    await run.call("build", "claim_resource", { resource: "db", lease_s: 1_000 });
    run.clock.advance(600_000);
    await run.call("build", "report_progress", { text: "still at it" });
    run.clock.advance(600_000);
    await drain(run.runtime);
    expect(run.gateway.coordination.scheduler?.leases).toMatchObject([{ holder: "task:build" }]);
    run.clock.advance(500_000);
    await drain(run.runtime);
    expect(await run.call("review", "claim_resource", { resource: "db" })).toMatchObject({ kind: "done" });
    expect(run.lines()).toContain("task:build resource.expired");
  });

  it("go back with the end of the attempt", async () => {
    await run.call("build", "claim_resource", { resource: "db" });
    const waiting = run.call("review", "claim_resource", { resource: "db", ...LONG }, PATIENT);
    await run.end("build");
    expect(await waiting).toMatchObject({ kind: "done", data: { fence: 2 } });
  });
});

describe("decisions", () => {
  const choices = [
    { name: "rest", does: "plain HTTP" },
    { name: "grpc", does: "\u001b[31mred\u001b[0m" },
  ];
  const question = { question: "Which\nprotocol?", choices };

  it("wait for a person, as a conflict like any other, and tell the agent the choice", async () => {
    const waiting = run.call("build", "ask_decision", { ...question, ...LONG }, PATIENT);
    await drain(run.runtime);
    const actor = run.runtime.system.actors.get("conflict:build-1");
    expect(actor?.snapshot.context).toMatchObject({
      kind: "approach",
      task: "build",
      why: "Which protocol?",
      choices: [choices[0], { name: "grpc", does: "red" }],
    });
    expect(await run.decide("build-1", "soap")).toMatchObject({ ok: false });
    expect(await run.decide("build-1", "rest")).toMatchObject({ ok: true });
    expect(await waiting).toMatchObject({ kind: "done", data: { choice: "rest" } });
    expect(actor?.snapshot.value).toBe("applied");
  });

  it("are asked once however often the agent asks, and answered later, also in another attempt", async () => {
    for (const _time of [1, 2, 3]) {
      expect(await run.call("build", "ask_decision", question)).toMatchObject({
        kind: "waiting",
        text: expect.stringContaining("build-1"),
      });
    }
    expect(run.lines().filter((line) => line.startsWith("conflict:") && line.endsWith("started"))).toHaveLength(1);
    await run.decide("build-1", "grpc");
    expect(await run.call("build", "ask_decision", question)).toMatchObject({ data: { choice: "grpc" } });
    await run.end("build", false);
    run.clock.advance(10_000);
    await drain(run.runtime);
    expect(run.caller("build").attempt).toBe("2");
    expect(await run.call("build", "ask_decision", question)).toMatchObject({ data: { choice: "grpc" } });
  });

  it("are withdrawn when the attempt ends", async () => {
    await run.call("build", "ask_decision", question);
    await run.end("build");
    expect(run.runtime.system.isActive("conflict:build-1")).toBe(false);
    expect(await run.decide("build-1", "rest")).toMatchObject({ ok: false });
    const shown = projectStatus(run.runtime.system, emptyMeta(), { hostAlive: true, now: 0 });
    expect(shown.conflicts).toMatchObject([{ status: "applied", choice: null }]);
    expect(await run.call("build", "ask_decision", { ...question, question: "again?" })).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("attempt is over"),
    });
  });

  it("widen the scope of the attempt when they allow it, for the commit and for permissions alike", async () => {
    const asked = { paths: ["./docs/**", "README.md"], why: "the API is documented there" };
    expect(await run.call("build", "request_scope", asked)).toMatchObject({ kind: "waiting" });
    expect(run.runtime.system.actors.get("conflict:build-1")?.snapshot.context).toMatchObject({
      kind: "quality",
      files: ["docs/**", "README.md"],
      choices: [{ name: "allow" }, { name: "refuse" }],
    });
    await run.decide("build-1", "allow");
    expect(await run.call("build", "request_scope", asked)).toMatchObject({ data: { allowed: true } });
    expect(run.gateway.coordination.runningTask("build")?.widened).toEqual(["docs/**", "README.md"]);
    await run.end("build");
    expect(run.commits.get("build")).toEqual(["docs/**", "README.md"]);
    await run.end("other");
    expect(run.commits.get("other")).toEqual([]);
  });

  it("cannot widen a scope to what is no scope, and a refusal leaves it", async () => {
    for (const path of ["../x", "/etc/passwd", ".git/config", ".ce-workspace/**", "~/x", "!a"]) {
      expect(await run.call("build", "request_scope", { paths: [path], why: "w" }), path).toMatchObject({
        kind: "refused",
      });
    }
    await run.call("build", "request_scope", { paths: ["a"], why: "w" });
    await run.decide("build-1", "refuse");
    expect(await run.call("build", "request_scope", { paths: ["a"], why: "w" })).toMatchObject({
      data: { allowed: false },
    });
    await run.end("build");
    expect(run.commits.get("build")).toEqual([]);
  });
});

describe("notes", () => {
  it("are found in the vault by words, patterns with the ids that prompts name them by", async () => {
    expect((await run.call("build", "search_patterns", { query: "flaky login" })).data).toEqual({ notes: [] });
    mkdirSync(join(run.root, "vault/patterns"), { recursive: true });
    writeFileSync(
      join(run.root, "vault/patterns/login.md"),
      "---\nid: p-12\n---\n# Login is flaky\n\nThe login test needs a fixed clock.\n",
    );
    writeFileSync(join(run.root, "vault/Other.md"), "# Flaky login\n\nNo pattern, and a clock.\n");
    const found = await run.call("build", "search_patterns", { query: "flaky login" });
    expect((found.data as { notes: unknown[] }).notes).toHaveLength(2);
    expect(found.data).toEqual({
      notes: expect.arrayContaining([
        {
          pattern: "p-12",
          title: expect.stringContaining("ogin"),
          snippet: expect.stringContaining("fixed clock"),
          file: "vault/patterns/login.md",
        },
        { title: "Flaky login", snippet: expect.any(String), file: "vault/Other.md" },
      ]),
    });
  });

  it("of insights are kept in the log, clean and without secrets", async () => {
    const text = "Use npm ci.\u001b]0;evil\u0007 token=abcdef0123456789abcdef";
    await run.call("build", "record_insight", { text, tags: ["npm", "\u001b[1m"] });
    expect(lastRecord("insight.recorded")).toMatchObject({
      actor: "task:build",
      data: { text: "Use npm ci. token=[redacted]", tags: ["npm"], task: "build", stream: "builders" },
    });
  });

  it("of progress are one line, and a flood of them is not recorded", async () => {
    for (let at = 0; at < 20; at++) await run.call("build", "report_progress", { text: `step\n${at}`, percent: at });
    const reported = run.lines().filter((line) => line === "task:build progress.reported");
    expect(reported.length).toBeLessThan(20);
    expect(lastRecord("progress.reported")?.data).toMatchObject({ text: expect.stringMatching(/^step \d+$/) });
  });
});
