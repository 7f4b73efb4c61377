import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { type LogRecord, verifyLog } from "../../../src/actors/log/index.ts";
import { createDraft, createEpochDraft, readAll, writeEpoch } from "../../../src/testing/conformance/log-drafts.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** A follower that is asked for the next records, as many as the test wants. */
function follow(dir: string, options: { afterSeq?: number; pollMs?: number } = {}) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const { pollMs = 10, ...from } = options;
  const batches = openFileLog(dir, { pollMs }).follow({ ...from, signal: stop.signal });
  async function take(count: number): Promise<LogRecord[]> {
    const taken: LogRecord[] = [];
    while (taken.length < count) {
      const step = await batches.next();
      if (step.done) throw new Error("following ended");
      expect(step.value.length).toBeGreaterThan(0);
      taken.push(...step.value);
    }
    return taken;
  }
  return { take, stop, batches };
}

describe("following a log", () => {
  it("yields every record once and in order while epochs come and go, from before the folder exists", async () => {
    const dir = path.join(makeTempFolder(), "log");
    const follower = follow(dir);
    const first = follower.take(4);
    const written = await writeEpoch(openFileLog(dir), 3);
    expect(await first).toEqual(written);
    const rest = follower.take(5);
    const later = [...(await writeEpoch(openFileLog(dir), 0)), ...(await writeEpoch(openFileLog(dir), 3))];
    expect(await rest).toEqual(later);
  });

  it("yields large records in batches of a bounded size, and the rest without waiting for more", async () => {
    const dir = makeTempFolder();
    const log = openFileLog(dir);
    const writer = await log.beginEpoch(createEpochDraft);
    const large = Array.from({ length: 4 }, (_, n) => createDraft(n, "x".repeat(700_000)));
    await writer.append(large).durable;
    await writer.close();
    const { batches } = follow(dir);
    const sizes: number[] = [];
    while (sizes.reduce((sum, size) => sum + size, 0) < 1 + large.length) {
      const step = await batches.next();
      if (step.done) throw new Error("following ended");
      sizes.push(step.value.length);
    }
    expect(sizes).toEqual([3, 2]);
  });

  it("takes half a line for one that is not there yet, at every byte of it", async () => {
    const dir = makeTempFolder();
    const source = makeTempFolder();
    const [, second] = await writeEpoch(openFileLog(source), 1);
    const bytes = fs.readFileSync(path.join(source, "1.jsonl"));
    const start = bytes.indexOf(0x0a) + 1;
    fs.writeFileSync(path.join(dir, "1.jsonl"), bytes.subarray(0, start));
    const follower = follow(dir, { pollMs: 1 });
    await follower.take(1);
    let settled = false;
    const next = follower.take(1).finally(() => (settled = true));
    for (let byte = start; byte < bytes.length; byte++) {
      expect(settled).toBe(false);
      fs.appendFileSync(path.join(dir, "1.jsonl"), bytes.subarray(byte, byte + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await next).toEqual([second]);
  });

  it("goes on after a bad tail that the next epoch cut", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 1);
    const segment = path.join(dir, "1.jsonl");
    fs.appendFileSync(segment, '{"v":1,"seq":3,"time":1,"crc":"00000000"}\n{"v":1,"se');
    const follower = follow(dir);
    await follower.take(2);
    const next = follower.take(2);
    const written = await writeEpoch(openFileLog(dir), 1);
    expect(await next).toEqual(written);
  });

  it("passes over segments and tails that the chain passes over", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 1);
    fs.writeFileSync(path.join(dir, "2.jsonl"), "");
    await writeEpoch(openFileLog(dir), 1);
    fs.appendFileSync(path.join(dir, "1.jsonl"), "left over");
    const { records } = await readAll(openFileLog(dir));
    expect(await follow(dir).take(4)).toEqual(records);
  });

  it("throws for a line that looked like a bad tail once the next epoch goes on behind it", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 2);
    const file = path.join(dir, "1.jsonl");
    const bytes = fs.readFileSync(file);
    const last = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    fs.writeFileSync(file, Buffer.from(bytes).fill(0x20, last + 20, last + 21));
    const follower = follow(dir);
    await follower.take(2);
    fs.writeFileSync(file, bytes);
    await writeEpoch(openFileLog(dir), 0);
    fs.writeFileSync(file, Buffer.from(bytes).fill(0x20, last + 20, last + 21));
    await expect(follower.take(1)).rejects.toMatchObject({ code: "log.damaged", file, byte: last });
  });

  it("blames the damaged line, and no tail that the chain has passed before", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 1);
    await writeEpoch(openFileLog(dir), 3);
    fs.appendFileSync(path.join(dir, "1.jsonl"), "left over");
    const file = path.join(dir, "2.jsonl");
    const bytes = fs.readFileSync(file);
    const second = bytes.indexOf(0x0a) + 1;
    fs.writeFileSync(file, bytes.fill(0x20, second + 20, second + 21));
    await expect(follow(dir).take(6)).rejects.toMatchObject({ code: "log.damaged", file, byte: second });
  });

  it.each([
    ["a flipped bit", 1, (bytes: Buffer) => bytes.fill(0x20, 30, 31)],
    ["lost records", 1, (bytes: Buffer) => bytes.subarray(0, bytes.indexOf(0x0a) + 1)],
    ["a cut line in an older segment", 1, (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
  ])("throws for %s", async (_what, segment, damage) => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 2);
    await writeEpoch(openFileLog(dir), 2);
    const file = path.join(dir, `${segment}.jsonl`);
    fs.writeFileSync(file, damage(fs.readFileSync(file)));
    const damaged = (await verifyLog(openFileLog(dir))).damage;
    await expect(follow(dir).take(6)).rejects.toMatchObject({
      code: "log.damaged",
      file: damaged?.file,
      byte: damaged?.byte,
    });
  });

  it("throws for a missing segment and for a newer format", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 0);
    await writeEpoch(openFileLog(dir, { format: { version: 2, upcasters: new Map([[1, (old) => old]]) } }), 0);
    await expect(follow(dir).take(2)).rejects.toMatchObject({ code: "log.newer" });
    fs.rmSync(path.join(dir, "1.jsonl"));
    await expect(follow(dir).take(1)).rejects.toMatchObject({ code: "log.damaged", file: path.join(dir, "1.jsonl") });
  });

  it("ends when it is told to, while waiting or before", async () => {
    const dir = makeTempFolder();
    const follower = follow(dir, { pollMs: 1_000_000 });
    const waiting = follower.batches.next();
    follower.stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await openFileLog(dir).follow({ signal: AbortSignal.abort() }).next()).toEqual({
      done: true,
      value: undefined,
    });
  });
});
