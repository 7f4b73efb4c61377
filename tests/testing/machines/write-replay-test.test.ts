/** What the test of a recorded run may replace, and of which runs none is made. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { processStartToken } from "../../../src/actors/process/index.ts";
import { writeReplayTest } from "../../../src/testing/machines/write-replay-test.ts";
import { rewriteLog } from "../../helpers/rewrite-log.ts";

const LOG = join(import.meta.dirname, "../../fixtures/logs/v1-plan-run/log");

let place = "";
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "pleach-write-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const write = (name = "hedge.test.ts", logDir = LOG) =>
  writeReplayTest({ run: "r", log: openFileLog(logDir), file: join(place, name) });

/** Expects a refusal with this code, which leaves everything as it was. */
async function expectRefusal(code: string, attempt: () => Promise<unknown>): Promise<void> {
  const before = readdirSync(place, { recursive: true }).sort();
  await expect(attempt()).rejects.toMatchObject({ code });
  expect(readdirSync(place, { recursive: true }).sort()).toEqual(before);
}

describe("the test of a recorded run", () => {
  it("is written with the whole log and the states beside it, and the same again from the same run", async () => {
    const { folder, records, replaced } = await write();
    expect({ records, replaced }).toEqual({ records: expect.any(Number), replaced: false });
    const segments = readdirSync(LOG).filter((name) => name.endsWith(".jsonl"));
    expect(segments.length).toBeGreaterThan(1);
    const whole = Buffer.concat(segments.sort().map((name) => readFileSync(join(LOG, name))));
    expect(readFileSync(join(folder, "1.jsonl")).equals(whole)).toBe(true);
    const text = readFileSync(join(place, "hedge.test.ts"), "utf8");
    expect((await write()).replaced).toBe(true);
    expect(readFileSync(join(place, "hedge.test.ts"), "utf8")).toBe(text);
    expect(readdirSync(place).sort()).toEqual(["hedge.records", "hedge.test.ts"]);
  });

  it("takes the place of nothing that was not made for it", async () => {
    writeFileSync(join(place, "mine.test.ts"), "// mine\n");
    await expectRefusal("replay.notOurs", () => write("mine.test.ts"));
    mkdirSync(join(place, "hedge.records"));
    writeFileSync(join(place, "hedge.records/1.jsonl"), "mine\n");
    await expectRefusal("replay.notOurs", () => write());
    await write("ours.test.ts");
    writeFileSync(join(place, "ours.records/notes.md"), "mine\n");
    await expectRefusal("replay.notOurs", () => write("ours.test.ts"));
  });

  it("does not write through a symbolic link", async () => {
    const elsewhere = join(place, "elsewhere.ts");
    writeFileSync(elsewhere, "// mine\n");
    symlinkSync(elsewhere, join(place, "linked.test.ts"));
    await expectRefusal("replay.notOurs", () => write("linked.test.ts"));
    mkdirSync(join(place, "folder"));
    symlinkSync(join(place, "folder"), join(place, "hedge.records"));
    await expectRefusal("replay.notOurs", () => write());
  });

  it("keeps what was changed outside the marked parts, by refusing", async () => {
    const { test } = await write();
    writeFileSync(test, readFileSync(test, "utf8").replace('"merged"', '"failed"'));
    await expectRefusal("replay.edited", () => write());
    expect(readFileSync(test, "utf8")).toContain('"failed"');
  });

  it("has a name that Vitest looks for", async () => {
    await expectRefusal("replay.notTest", () => write("hedge.ts"));
    for (const name of ["a.spec.mjs", "b.test.js", "c.test.tsx"])
      expect((await write(name)).test).toBe(join(place, name));
  });

  it("is made of no run whose host still lives, or that is not over", async () => {
    const alive = { pid: process.pid, start: processStartToken(process.pid) };
    await rewriteLog(LOG, join(place, "alive"), (record) =>
      record.type === "epoch.started" ? { ...record, data: { ...(record.data as object), ...alive } } : record,
    );
    await expectRefusal("run.unfinished", () => write("hedge.test.ts", join(place, "alive")));
    cpSync(join(LOG, "1.jsonl"), join(place, "begun/1.jsonl"));
    await expectRefusal("run.unfinished", () => write("hedge.test.ts", join(place, "begun")));
    await expectRefusal("log.missing", () => write("hedge.test.ts", join(place, "nothing")));
  });

  it("is made of no run that today's machines fold otherwise", async () => {
    const dir = join(place, "other");
    await rewriteLog(LOG, dir, (record) =>
      record.type === "epoch.started"
        ? { ...record, data: { ...(record.data as object), machines: { task: "another" } } }
        : { ...record, effects: record.effects.map((effect) => ({ ...effect, hash: "00000000" })) },
    );
    await expectRefusal("log.incompatible", () => write("hedge.test.ts", dir));
  });
});
