/** Logs that are not as they were written: refused with exit code 4 and the byte, nothing is cut, and `list` goes on. */
import { appendFileSync, cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openFileLog } from "../../src/actors/log/file-log.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { pleach, readDocument, readError, readEvents } from "./program.ts";
import { makeRepository, planText } from "./repositories.ts";

let root: string;
const log = (run: string): string => join(root, ".ce-workspace", run, "log/1.jsonl");

/** A copy of the finished run under another id. */
function copyRun(run: string): string {
  cpSync(join(root, ".ce-workspace/whole"), join(root, ".ce-workspace", run), { recursive: true });
  return log(run);
}

/** Offset of the line with this index. */
function findLine(file: string, index: number): number {
  return readFileSync(file, "latin1")
    .split("\n")
    .slice(0, index)
    .reduce((sum, line) => sum + line.length + 1, 0);
}

beforeAll(async () => {
  root = makeRepository({ "plan.md": planText([{ id: "one", run: "echo 1 > one.txt", more: ["scope: [one.txt]"] }]) });
  const said = await pleach(root, "run", "plan.md", "--run-id", "whole", "--no-learn");
  expect(said.code, said.stderr).toBe(0);
}, 60_000);

describe("a log whose newest segment was taken away", () => {
  it("is refused by every command with the name of the segment, and stays in the list", async () => {
    const file = copyRun("shortened");
    rmSync(file);
    for (const command of [["status"], ["events"], ["resume"], ["ship"]]) {
      const said = await pleach(root, ...command, "shortened", "--json");
      const last = said.stdout.trimEnd().split("\n").at(-1) as string;
      expect(readError({ ...said, stdout: last }, 4).error, command.join(" ")).toMatchObject({
        code: "log.damaged",
        file,
      });
    }
    const verified = await pleach(root, "log", "verify", "shortened", "--json");
    expect(readDocument("log-verify", verified)).toMatchObject({ ok: false, damage: { file } });
    const listed = await pleach(root, "list", "--json");
    expect(listed.code).toBe(0);
    expect(listed.stdout).toContain("shortened");
  });
});

describe("a log with a flipped bit", () => {
  it("is refused by every command with the file and the byte of its line", async () => {
    const file = copyRun("flipped");
    const before = readFileSync(file);
    const byte = findLine(file, 5);
    before[byte + 20] = (before[byte + 20] as number) ^ 1;
    writeFileSync(file, before);
    for (const command of [
      ["status"],
      ["events"],
      ["replay"],
      ["resume"],
      ["decide"],
      ["cancel"],
      ["ship"],
      ["attach"],
    ]) {
      const said = await pleach(root, ...command, "flipped", "--json");
      // Those that stream have told what comes before the damage by then.
      const last = said.stdout.trimEnd().split("\n").at(-1) as string;
      const { error } = readError({ ...said, stdout: last }, 4);
      expect(error, command.join(" ")).toMatchObject({ code: "log.damaged", file, byte });
    }
    const verified = await pleach(root, "log", "verify", "flipped", "--json");
    expect(verified.code).toBe(4);
    expect(readDocument("log-verify", verified)).toMatchObject({ ok: false, records: 5, damage: { file, byte } });
    const words = await pleach(root, "log", "verify", "flipped");
    expect(words.stdout).toContain(`at byte ${byte}`);
    expect(readFileSync(file)).toEqual(before);
  }, 60_000);

  it("is shown as damaged by list, beside the others", async () => {
    const { runs } = readDocument<{ runs: { run: string; status: string; why: string | null }[] }>(
      "list",
      await pleach(root, "list", "--json"),
    );
    expect(runs.find(({ run }) => run === "whole")).toMatchObject({ status: "succeeded", why: null });
    expect(runs.find(({ run }) => run === "flipped")).toMatchObject({
      status: "damaged",
      why: expect.stringContaining("log.damaged"),
    });
    const words = await pleach(root, "list");
    expect(words.code).toBe(0);
    expect(words.stdout).toMatch(/^flipped +damaged/m);
  });
});

describe("a log of a newer version", () => {
  it("is refused with the version, also where only its first line is read", async () => {
    const folder = join(root, ".ce-workspace/newer/log");
    const writer = await openFileLog(folder, { format: { version: 9, upcasters: new Map() } }).beginEpoch((epoch) => ({
      time: 1,
      actor: "host",
      type: "epoch.started",
      data: { epoch, pid: 1, start: "then", socket: null },
      effects: [],
      cause: null,
    }));
    await writer.close();
    for (const command of [["status"], ["resume"], ["log", "verify"]]) {
      const { error } = readError(await pleach(root, ...command, "newer", "--json"), 4);
      expect(error).toMatchObject({ code: "log.newer", hint: expect.stringContaining("Upgrade") });
    }
  });
});

describe("a log whose end was cut off", () => {
  it("is read up to its last whole record, goes on from there, and says what was dropped", async () => {
    const file = copyRun("cut");
    const end = findLine(file, 14);
    truncateSync(file, end + 30);
    const before = readDocument<StatusDocument>("status", await pleach(root, "status", "cut", "--json"));
    expect(before).toMatchObject({ status: "interrupted", seq: 14 });
    expect(readDocument("log-verify", await pleach(root, "log", "verify", "cut", "--json"))).toMatchObject({
      ok: true,
      records: 14,
      dropped_bytes: 30,
    });
    // Copied runs share one plan and branch; what was done to the repository before is found again.
    const resumed = await pleach(root, "resume", "cut", "--json", "--no-learn");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readEvents(resumed, "run.finished").status).toMatchObject({
      status: "succeeded",
      dropped_bytes: 30,
      recoveries: 1,
    });
  });

  it("is damaged when something valid stands behind the cut", async () => {
    const file = copyRun("torn");
    const lines = readFileSync(file, "latin1").split("\n");
    lines[7] = (lines[7] as string).slice(0, 25);
    writeFileSync(file, lines.join("\n"), "latin1");
    const { error } = readError(await pleach(root, "resume", "torn", "--json"), 4);
    expect(error).toMatchObject({ code: "log.damaged", byte: findLine(file, 7) });
  });
});

describe("a folder that is no run", () => {
  it("is no run for any command", async () => {
    const file = copyRun("gone");
    renameSync(file, join(root, "kept.jsonl"));
    // Nothing tells of it either.
    rmSync(join(root, ".ce-workspace/gone/.ce-state"), { recursive: true });
    appendFileSync(join(root, ".ce-workspace/notes.txt"), "not a run");
    const { runs } = readDocument<{ runs: { run: string }[] }>("list", await pleach(root, "list", "--json"));
    expect(runs.map(({ run }) => run)).not.toContain("gone");
    writeFileSync(file, '{"v":1,"seq":1');
    expect(readError(await pleach(root, "status", "gone", "--json"), 2).error.message).toContain("never begun");
    expect((await pleach(root, "list")).stdout).not.toContain("gone");
  });
});
