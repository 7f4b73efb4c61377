/**
 * A plan's run on another engine than this machine's files and sockets: its log, its lease and its channel lie in memory. What
 * hosts, watches and commands runs has nothing but the ports.
 */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { attachRun, readRun } from "../../../src/actors/client/attach.ts";
import { findHost } from "../../../src/actors/control/engine.ts";
import { createMemoryEngine, type MemoryEngine } from "../../../src/actors/control/memory-engine.ts";
import { type RunFolder, runFolder } from "../../../src/actors/control/run-folder.ts";
import { type HostOptions, openHost } from "../../../src/actors/host/host.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import { parsePlan } from "../../../src/plan/load-plan.ts";
import { parseConfig } from "../../../src/plan/read-config.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const RUN = "elsewhere";
/** Generous: the machine that runs this may be busy with other things. */
const PATIENCE = { timeout: 60_000 };
/** The second task waits until it is let go. */
const PLAN = `
goal: elsewhere
isolation: none
tasks:
  - {id: first, run: "true"}
  - {id: second, needs: [first], run: "until [ -e go ]; do sleep 0.05; done"}
`;

let root: string;
let engine: MemoryEngine;
let folder: RunFolder;
beforeEach(() => {
  root = makeTempFolder("engine", "test");
  engine = createMemoryEngine();
  folder = runFolder(root, RUN);
});

function hostOptions(more: Partial<HostOptions> = {}): HostOptions {
  const { config } = parseConfig("", "pleach.yaml");
  return {
    root,
    run: RUN,
    engine,
    program: "test 1",
    config,
    executor: localExecutor,
    keepAliveWhileWaiting: false,
    env: process.env,
    gateConcurrency: 1,
    ...more,
  };
}

function beginning(): NonNullable<HostOptions["begin"]> {
  const { plan, errors } = parsePlan(PLAN, { file: "plan.yaml", format: "yaml", root, config: hostOptions().config });
  if (plan === null) throw new Error(errors[0]?.message);
  return {
    manifest: { run: RUN, plan, base: null, baseBranch: null, branch: null, patterns: {} },
    options: { seed: 1, expectedMs: {}, unknownMs: 1_000, pathMs: {} },
  };
}

describe("a run on an engine in memory", () => {
  it("is hosted, watched and commanded through it, and leaves no log on the disk", async () => {
    expect(await engine.listRuns(root)).toEqual([]);
    const host = await openHost(hostOptions({ begin: beginning() }));
    expect(await engine.listRuns(root)).toEqual([RUN]);
    expect(await findHost(engine, folder)).toMatchObject({ pid: process.pid, epoch: 1, socket: "memory:1" });
    await expect(openHost(hostOptions())).rejects.toMatchObject({ code: "run.live" });
    const ended = host.run();
    const client = await attachRun(engine, folder);
    await expect.poll(() => client.status().tasks.map(({ status }) => status), PATIENCE).toEqual(["done", "running"]);
    expect(client.status().host).toMatchObject({ alive: true, pid: process.pid, epoch: 1 });
    const answer = await client.send({ command: "tell", task: "second", text: "hello" });
    expect(answer).toMatchObject({ ok: false, code: "step.hearsNothing" });
    writeFileSync(join(root, "go"), "");
    expect(await ended).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    await expect.poll(() => client.status(), PATIENCE).toMatchObject({ status: "succeeded", host: { alive: false } });
    await client.close();
    expect(await findHost(engine, folder)).toBeNull();
    expect((await readRun(engine, folder)).status()).toMatchObject({ status: "succeeded", host: { alive: false } });
    expect(readdirSync(folder.path).sort()).toEqual([".ce-events", ".ce-state", "out"]);
    expect(existsSync(join(folder.path, "log"))).toBe(false);
  });

  it("is gone on with after it was interrupted, by a command that goes its way", async () => {
    const host = await openHost(hostOptions({ begin: beginning() }));
    const ended = host.run();
    const client = await attachRun(engine, folder);
    await expect.poll(() => client.status().tasks[1]?.status, PATIENCE).toBe("running");
    expect(await client.send({ command: "interrupt" })).toMatchObject({ ok: true });
    expect(await ended).toMatchObject({ kind: "interrupted" });
    expect(await client.send({ command: "cancel" })).toMatchObject({ ok: false, code: "run.noHost" });
    await client.close();
    writeFileSync(join(root, "go"), "");
    const next = await openHost(hostOptions());
    expect(await next.run()).toMatchObject({ kind: "over", status: { status: "succeeded", recoveries: 1 } });
    const epochs = engine
      .openLog(folder)
      .records()
      .filter(({ type }) => type === "epoch.started");
    expect(epochs.map(({ data }) => (data as { epoch: number }).epoch)).toEqual([1, 2]);
  });
});
