import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { verifyLog } from "../../../src/actors/log/index.ts";
import { createEpochDraft, readAll, writeEpoch } from "../../../src/testing/conformance/log-drafts.ts";
import { compileChildren, startChild } from "./compile-log.ts";
import { makeTempFolder } from "./temp-folder.ts";

let built = "";
let children = "";
beforeAll(() => {
  built = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-log-children-"));
  children = compileChildren(built);
});
afterAll(() => fs.rmSync(built, { recursive: true, force: true }));

describe("a log in the hands of real processes", () => {
  it("holds every record that was called durable, after each of several kill -9", { timeout: 60_000 }, async () => {
    const dir = makeTempFolder();
    let before = 0;
    for (const enough of [1, 20, 300, 77, 1000]) {
      const { child, ended } = startChild(process.execPath, [path.join(children, "append-loop.js"), dir]);
      let lines = 0;
      child.stdout?.on("data", (chunk: Buffer) => {
        lines += chunk.filter((byte) => byte === 0x0a).length;
        if (lines >= enough) child.kill("SIGKILL");
      });
      const { stdout, signal, stderr } = await ended;
      expect(stderr).toBe("");
      expect(signal).toBe("SIGKILL");
      // The last line may be cut off; the others are promises.
      const promised = stdout.split("\n").slice(0, -1).map(Number);
      const { records, end } = await readAll(openFileLog(dir));
      const held = new Set(records.map((record) => record.seq));
      expect(promised.filter((seq) => !held.has(seq))).toEqual([]);
      expect(promised[0]).toBe(before + 2);
      before = end.seq;
    }
    await writeEpoch(openFileLog(dir), 1);
    expect(await verifyLog(openFileLog(dir))).toMatchObject({ ok: true, droppedBytes: 0, records: before + 2 });
  });

  async function race(dir: string, way: string): Promise<string[]> {
    await writeEpoch(openFileLog(dir), 2);
    fs.appendFileSync(path.join(dir, "1.jsonl"), '{"v":1,"seq":4,"torn');
    const racers = Array.from({ length: 4 }, () =>
      startChild(process.execPath, [path.join(children, "begin-epoch.js"), dir, "1", way]),
    );
    await Promise.all(racers.map(({ child }) => new Promise((resolve) => child.stdout?.once("data", resolve))));
    for (const { child } of racers) child.stdin?.write("go");
    return (await Promise.all(racers.map(({ ended }) => ended))).map(({ stdout }) => stdout.slice("ready\n".length));
  }

  it("gives an epoch to exactly one of several racing processes", { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round++) {
      const dir = makeTempFolder();
      expect((await race(dir, "linked")).sort()).toEqual(["log.taken", "log.taken", "log.taken", "won"]);
      expect((await readAll(openFileLog(dir))).end).toMatchObject({ seq: 5, epoch: 2, droppedBytes: 0 });
      const aside = path.join(dir, "aside");
      const kept = fs.readdirSync(aside).map((name) => fs.readFileSync(path.join(aside, name), "utf8"));
      expect(kept).toContain('{"v":1,"seq":4,"torn');
    }
  });

  it("gives an epoch to one of several racing processes, or to none, without hard links", {
    timeout: 60_000,
  }, async () => {
    for (let round = 0; round < 3; round++) {
      const dir = makeTempFolder();
      const won = (await race(dir, "in-place")).filter((answer) => answer !== "log.taken");
      expect(["", "won"]).toContain(won.join());
      expect((await readAll(openFileLog(dir))).end).toMatchObject({ seq: 3 + 2 * won.length, droppedBytes: 0 });
      expect((await readAll(openFileLog(dir))).end.epoch > 1).toBe(won.length === 1);
    }
  });

  it("stops for good when the file may not grow, keeps what was durable, and goes on in the next epoch", async () => {
    const dir = makeTempFolder();
    const program = path.join(children, "append-loop.js");
    // A limit on the size of files fails a write half way, as a full disk does, and needs no rights.
    const args = ["-c", 'ulimit -f 64; exec "$0" "$@"', process.execPath, program, dir];
    const { stdout, stderr } = await startChild("/bin/sh", args).ended;
    expect(JSON.parse(stderr)).toEqual({
      code: "log.failed",
      hint: expect.stringContaining("limit on the size of files"),
      later: "log.failed",
      closing: "log.failed",
    });
    const promised = stdout.trim().split("\n").map(Number);
    const { end } = await readAll(openFileLog(dir));
    expect(promised.length).toBeGreaterThan(10);
    expect(Math.max(...promised)).toBeLessThanOrEqual(end.seq);
    expect(end.droppedBytes).toBeGreaterThan(0);
    const writer = await openFileLog(dir).beginEpoch(createEpochDraft);
    expect(writer.nextSeq).toBe(end.seq + 2);
    await writer.close();
    expect(await verifyLog(openFileLog(dir))).toMatchObject({ ok: true, droppedBytes: 0 });
  });
});
