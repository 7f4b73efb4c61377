/** Programs in processes of their own that save a note hundreds of times a second, or read it all the time, while it is edited. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore } from "../../../src/vault/files/store.ts";
import { makeTempFolder } from "../temp-vault.ts";

const programs = path.join(import.meta.dirname, "../children");
/** So many a person adds. */
const lines = 100;
const section = "# Note\n\n%% pleach:start %%\ncount 0\n%% pleach:end %%\n\nTheirs:\n";
const count = ({ text }: { text: string }) => text.replace(/^count (\d+)$/m, (_all, n) => `count ${Number(n) + 1}`);

/** How a person saves, and the program edits. */
interface Rhythm {
  /** Between two saves, how many of them there are between two longer pauses, and those; ms. */
  person: { pauseMs: number; together: number; restMs: number };
  /** How far the program's clock is ahead, so that it leaves a note alone for less than three seconds. */
  aheadMs: number;
  pauseMs: number;
}

/** Edits a note again and again for as long as a person saves it; no line of theirs is missing afterwards. */
async function editBeside(style: string, { person, aheadMs, pauseMs }: Rhythm): Promise<void> {
  const clock = { now: () => Date.now() + aheadMs, wait };
  const store = await createStore(makeTempFolder(), clock);
  await store.create("note.md", section);
  const file = path.join(store.root, "note.md");
  const args = [path.join(programs, "person.mjs"), file, style, lines, person.pauseMs, person.together, person.restMs];
  const child = spawn(process.execPath, args.map(String), { stdio: "inherit" });
  let isOver = false;
  const ended = once(child, "close").finally(() => {
    isOver = true;
  });
  let edits = 0;
  while (!isOver) {
    if ((await editNote(store, "note.md", count)).kind === "edited") edits += 1;
    await wait(pauseMs);
  }
  await store.settle();
  expect((await ended)[0], style).toBe(0);
  expect(edits, style).toBeGreaterThan(1);
  const text = fs.readFileSync(file, "utf8");
  const saved = Array.from({ length: lines }, (_, at) => `\n${style} ${at + 1}\n`);
  expect(saved.filter((line) => !text.includes(line))).toEqual([]);
  expect(text.startsWith(section.slice(0, 20)), style).toBe(true);
  expect(text.match(/^count \d+$/gm), style).toHaveLength(1);
  expect(fs.readdirSync(store.root), style).toEqual(["note.md"]);
}

it("no save in place is lost, however often the note is edited meanwhile", async () => {
  const rhythm = { person: { pauseMs: 5, together: 1, restMs: 5 }, aheadMs: 3_600_000, pauseMs: 1 };
  await Promise.all(["in place", "append"].map((style) => editBeside(style, rhythm)));
});

it("no save by rename is lost, as the note is left alone until they pause", async () => {
  // It rests for 60 ms here, and is edited once in each pause.
  const rhythm = { person: { pauseMs: 5, together: 20, restMs: 150 }, aheadMs: 2_940, pauseMs: 100 };
  await Promise.all(["with a backup", "renamed over"].map((style) => editBeside(style, rhythm)));
});

it("a reader never meets a missing or torn note, nor an older one than before, during 300 edits", async () => {
  const store = await createStore(makeTempFolder());
  await store.create("note.md", `%% pleach:start %%\ncount 0\n${"x".repeat(8_000)}\n%% pleach:end %%\nend 0\n`);
  const file = path.join(store.root, "note.md");
  const reader = spawn(process.execPath, [path.join(programs, "reader.mjs"), file], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void reader.kill("SIGKILL"));
  let printed = "";
  reader.stdout.on("data", (data) => {
    printed += data;
  });
  await once(reader.stdout, "data");
  for (let at = 1; at <= 300; at += 1) {
    const change = ({ text }: { text: string }) => text.replace(/^(count|end) \d+$/gm, `$1 ${at}`);
    expect(await editNote(store, "note.md", change)).toEqual({ kind: "edited" });
  }
  reader.stdin.end();
  await once(reader, "close");
  await store.settle();
  const { whole, ...others } = JSON.parse(printed.replace("ready\n", ""));
  expect(others).toEqual({ missing: 0, torn: 0, last: 300 });
  expect(whole).toBeGreaterThan(300);
});
