/** What each coordination tool does, for agents of a run whose runtime is real. */
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TOOLS } from "../../../src/actors/coordination/tools.ts";
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

describe("any tool", () => {
  it("is refused with words that say what to correct when it or its arguments are not known", async () => {
    expect(await run.call("build", "drop_table")).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("emit_event"),
    });
    const wrong: [string, unknown, string][] = [
      ["emit_event", {}, "name is missing"],
      ["emit_event", { name: 7 }, "name must be a text"],
      ["emit_event", [], "must be an object"],
      ["emit_event", { name: "x", __proto__x: 1 }, "__proto__x"],
      ["claim_resource", { resource: "db", units: 1.5 }, "units must be a whole number"],
      ["publish_artifact", { name: "api", level: "golden", content: "" }, "draft, stable, final"],
      ["ask_decision", { question: "?", choices: [{ name: "a", does: "b" }] }, "choices needs at least 2"],
    ];
    const before = run.runtime.system.seq;
    for (const [tool, args, words] of wrong) {
      const answer = await run.call("build", tool, args as Record<string, unknown>);
      expect(answer).toMatchObject({ kind: "refused", text: expect.stringContaining(words) });
    }
    expect(run.runtime.system.seq).toBe(before);
  });

  it("has a description, and a schema that its own defaults satisfy", () => {
    for (const { name, description, inputSchema } of TOOLS) {
      expect(description.length, name).toBeGreaterThan(40);
      expect(Object.keys(inputSchema.properties ?? {}), name).toEqual(
        expect.arrayContaining([...(inputSchema.required ?? [])]),
      );
    }
  });
});

describe("events", () => {
  it("are emitted in the name of the agent's stream, and end the wait of another agent with their payload", async () => {
    const waiting = run.call("review", "wait_for_event", { name: "build_ready", stream: "builders", ...LONG }, PATIENT);
    const payload = { path: "dist/app.js", note: "‮ü" };
    const emitted = await run.call("build", "emit_event", { name: "build_ready", payload });
    expect(emitted).toMatchObject({ kind: "done" });
    expect(await waiting).toEqual({
      kind: "done",
      text: "build_ready came from stream builders.",
      data: { seq: emitted.data?.seq, stream: "builders", task: "build", payload },
    });
    expect(run.lines()).toContain("stream:builders event.emitted");
  });

  it("that came before count, and `after` waits for the next one", async () => {
    const first = await run.call("build", "emit_event", { name: "tick", payload: 1 });
    const second = await run.call("build", "emit_event", { name: "tick", payload: 2 });
    const newest = await run.call("review", "wait_for_event", { name: "tick" });
    expect(newest.data).toMatchObject({ payload: 2, seq: second.data?.seq });
    const next = await run.call("review", "wait_for_event", { name: "tick", after: first.data?.seq });
    expect(next.data).toMatchObject({ payload: 2 });
    expect(await run.call("review", "wait_for_event", { name: "tick", after: second.data?.seq })).toMatchObject({
      kind: "waiting",
    });
  });

  it("with a large payload are handed over whole, from the log", async () => {
    const payload = "x".repeat(10_000);
    await run.call("build", "emit_event", { name: "big", payload });
    expect((await run.call("review", "wait_for_event", { name: "big" })).data?.payload).toBe(payload);
    expect(await run.call("build", "emit_event", { name: "big", payload: "x".repeat(70_000) })).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("publish_artifact"),
    });
  });

  it("that grant something count only from the stream that may grant it", async () => {
    expect(await run.call("build", "emit_event", { name: "approval_granted" })).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("counts only from stream reviewers"),
    });
    expect(await run.call("review", "emit_event", { name: "approval_granted" })).toMatchObject({ kind: "done" });
    expect(await run.call("build", "emit_event", { name: "agent.exited" })).toMatchObject({ kind: "refused" });
  });

  it("are waited for no longer than the caller is there", async () => {
    const stop = new AbortController();
    const args = { name: "never", ...LONG };
    const waiting = run.call("build", "wait_for_event", args, { ...PATIENT, signal: stop.signal });
    stop.abort();
    expect(await waiting).toMatchObject({ kind: "waiting" });
    expect(await run.call("build", "wait_for_event", args)).toMatchObject({ kind: "waiting" });
  });
});

describe("artifacts", () => {
  it("are published as files beside the log and as an event, and read by others at the level they need", async () => {
    const waiting = run.call("review", "read_artifact", { name: "api", level: "stable", ...LONG }, PATIENT);
    await run.call("build", "publish_artifact", { name: "api", level: "draft", content: "GET /a" });
    const published = await run.call("build", "publish_artifact", {
      name: "api",
      level: "stable",
      content: "GET /b ü",
    });
    expect(published.data).toMatchObject({ version: 2 });
    expect((await waiting).data).toMatchObject({ name: "api", version: 2, level: "stable", content: "GET /b ü" });
    expect((await run.call("review", "read_artifact", { name: "api", version: 1 })).data).toMatchObject({
      content: "GET /a",
    });
    expect((await run.call("review", "read_artifact")).data).toEqual({
      artifacts: [{ name: "api", version: 2, level: "stable", task: "build", bytes: 9 }],
    });
    const { data } = lastRecord("artifact.published") ?? {};
    expect(data).toMatchObject({ path: expect.stringMatching(/^artifacts\/[0-9a-f]{64}$/), stream: "builders" });
    expect(JSON.stringify(data)).not.toContain("GET");
    expect(readdirSync(run.gateway.coordination.artifactFolder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("are the plan's publisher's own, and once for the same key", async () => {
    expect(await run.call("other", "publish_artifact", { name: "api", level: "draft", content: "x" })).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("api is of build"),
    });
    const args = { name: "api", level: "draft", content: "x" };
    for (const _again of [1, 2]) {
      const answer = await run.call("build", "publish_artifact", args, { key: "same" });
      expect(answer.data).toMatchObject({ version: 1 });
    }
    expect(run.lines().filter((line) => line === "artifacts artifact.published")).toHaveLength(1);
  });

  it("may be a file of the agent's worktree, and nothing outside it", async () => {
    const tree = run.gateway.coordination.runningTask("build")?.workspace?.path ?? "";
    writeFileSync(join(tree, "api.md"), "# API");
    writeFileSync(join(run.root, "secret"), "s");
    symlinkSync(join(run.root, "secret"), join(tree, "link"));
    mkdirSync(join(tree, ".git"));
    writeFileSync(join(tree, ".git/config"), "s");
    const publish = (file: string) => run.call("build", "publish_artifact", { name: "api", level: "draft", file });
    expect(await publish("api.md")).toMatchObject({ kind: "done" });
    expect((await run.call("review", "read_artifact", { name: "api" })).data).toMatchObject({ content: "# API" });
    for (const path of ["../secret", join(run.root, "secret"), "link", ".git/config", "missing", "."]) {
      expect(await publish(path), path).toMatchObject({ kind: "refused" });
    }
  });

  it("whose content was damaged or lost are not handed out", async () => {
    await run.call("build", "publish_artifact", { name: "api", level: "draft", content: "good" });
    const folder = run.gateway.coordination.artifactFolder;
    const [file = ""] = readdirSync(folder);
    writeFileSync(join(folder, file), "evil");
    expect(await run.call("review", "read_artifact", { name: "api" })).toMatchObject({ kind: "refused" });
    rmSync(join(folder, file));
    expect(await run.call("review", "read_artifact", { name: "api" })).toMatchObject({ kind: "refused" });
  });
});

describe("a program from outside", () => {
  it("named plan is published by tasks that plan, where there are any", async () => {
    const plan = { name: "plan", level: "draft", content: "{}" };
    expect(await run.call("build", "publish_artifact", plan)).toMatchObject({ kind: "done" });
    const planned = await openGatewayRun(["plan"]);
    try {
      expect(await planned.call("build", "publish_artifact", plan)).toMatchObject({
        kind: "refused",
        text: expect.stringContaining("is of the tasks that plan"),
      });
      expect(await planned.call("other", "publish_artifact", plan)).toMatchObject({ kind: "done" });
    } finally {
      await planned.close();
    }
  });

  it("speaks for a stream of the plan or for a task that runs, and for nothing else", () => {
    const { coordination } = run.gateway;
    expect(coordination.identify({ stream: "builders", guest: "g" })).toMatchObject({ task: null, holder: "guest:g" });
    expect(coordination.identify({ task: "build", guest: "g" })).toEqual(run.caller("build"));
    for (const who of [
      {},
      { stream: "x" },
      { stream: 7 },
      { task: "nobody" },
      { task: "build", stream: "reviewers" },
    ]) {
      expect(typeof coordination.identify({ ...who, guest: "g" })).toBe("string");
    }
  });

  it("may do what needs no task, and is told what it may not", async () => {
    const guest = run.gateway.coordination.identify({ stream: "reviewers", guest: "g" });
    if (typeof guest === "string") throw new Error(guest);
    const ask = (tool: string, args: Record<string, unknown>) =>
      run.gateway.answerCommand({
        command: "tool",
        tool,
        args,
        stream: "reviewers",
        task: null,
        guest: "g",
        key: tool,
        patienceMs: 0,
      });
    expect((await ask("emit_event", { name: "review_complete" })).ok).toBe(true);
    expect(await ask("publish_artifact", { name: "notes", level: "draft", content: "n" })).toMatchObject({
      data: { kind: "done" },
    });
    expect(await ask("claim_resource", { resource: "db" })).toMatchObject({ data: { kind: "done" } });
    expect(run.lines()).toContain("stream:reviewers resource.granted");
    expect(await ask("request_scope", { paths: ["a"], why: "w" })).toMatchObject({ data: { kind: "refused" } });
  });
});
