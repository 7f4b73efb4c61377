/** Output that is too much, never ends or is no text: kept within bounds, and shown without harm. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { runProgram } from "../helpers/program.ts";
import { carryOut, PATIENCE_MS, RUN, readStatus, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("output");
afterAll(() => workshop.clean());

const MEGABYTE = 1024 * 1024;
const MAX_TRANSCRIPT = 16 * MEGABYTE;
/** A transcript says in a line or so what was left out of it. */
const SLACK = 4096;

/** Bytes of all that the run wrote beside transcripts. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/out"))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

describe("the output of a task", { timeout: PATIENCE_MS }, () => {
  it("of 200 MB is cut in its transcript: beginning and end stay, the run goes on and its log stays small", async () => {
    const run =
      "echo the very first line; yes 'the same line again and again, two hundred megabytes of it' | head -c 209715200; echo; echo the very last line";
    const root = workshop.repository({ goal: "loud", tasks: [{ id: "loud", run: `${run}; echo 1 > a.txt` }] });
    const { end, status } = await carryOut(root);
    expect(end.code, end.stderr).toBe(0);
    const task = taskOf(status, "loud");
    expect(task.status).toBe("merged");
    const folder = join(root, ".ce-workspace", RUN);
    const transcript = readFileSync(join(folder, String(task.transcript)), "latin1");
    expect(transcript.length).toBeLessThanOrEqual(MAX_TRANSCRIPT + SLACK);
    expect(transcript.startsWith("the very first line\n")).toBe(true);
    expect(transcript.endsWith("the very last line\n")).toBe(true);
    expect(sizeOf(folder)).toBeLessThan(MEGABYTE);
    expect(end.stdout.length).toBeLessThan(MEGABYTE);
  });

  it("that never ends is ended by the task's timeout", async () => {
    const root = workshop.folder({
      goal: "endless",
      isolation: "none",
      tasks: [{ id: "endless", timeout: "1s", run: "yes forever" }],
    });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(taskOf(status, "endless")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/ended after its timeout/),
    });
    const transcript = statSync(join(root, ".ce-workspace", RUN, String(taskOf(status, "endless").transcript)));
    expect(transcript.size).toBeLessThanOrEqual(MAX_TRANSCRIPT + SLACK);
    expect(await findProcesses({ run: RUN })).toEqual([]);
  });

  it("that is binary is kept byte for byte, and no control character of it reaches a person's terminal", async () => {
    const bytes = String.raw`\000\001\033]0;owned\007\033[2J\377\376\200broken\033[31m`;
    const root = workshop.folder({
      goal: "binary",
      isolation: "none",
      tasks: [{ id: "binary", run: `printf '${bytes}'; printf '${bytes}' >&2; exit 3` }],
    });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    const task = taskOf(status, "binary");
    const transcript = readFileSync(join(root, ".ce-workspace", RUN, String(task.transcript)));
    expect(transcript.includes(Buffer.from([0x00, 0x01, 0x1b, 0x5d]))).toBe(true);
    expect(transcript.includes(Buffer.from([0xff, 0xfe, 0x80]))).toBe(true);
    for (const args of [["status"], ["status", "--json"], ["events"], ["events", "--json"], ["resume"]]) {
      const { stdout, stderr } = await runProgram(root, args);
      expect(stdout + stderr, args.join(" ")).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
    }
    expect((await readStatus(root)).status).toBe("failed");
  });

  it("of many lines without an end comes through as it is", async () => {
    const run = `node -e 'process.stdout.write("x".repeat(3000000))'`;
    const root = workshop.folder({ goal: "one long line", isolation: "none", tasks: [{ id: "long", run }] });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(0);
    expect(statSync(join(root, ".ce-workspace", RUN, String(taskOf(status, "long").transcript))).size).toBe(3_000_000);
  });
});
