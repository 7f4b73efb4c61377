/** A person's program that saves hundreds of times a second, in a process of its own, while a note of theirs is edited. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore, type Store } from "../../../src/vault/files/store.ts";
import { compileText, ROOT } from "../../helpers/compile-src.ts";
import { makeTempFolder } from "../temp-vault.ts";

const lines = 200;
const section = "# Note\n\n%% pleach:start %%\ncount 0\n%% pleach:end %%\n\nTheirs:\n";
const clock = {
  now: () => Date.now() + 3_600_000,
  wait: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
};
const count = ({ text }: { text: string }) => text.replace(/^count (\d+)$/m, (_all, n) => `count ${Number(n) + 1}`);

function compilePerson(): string {
  const program = path.join(makeTempFolder(), "person.mjs");
  fs.writeFileSync(program, compileText(fs.readFileSync(path.join(ROOT, "tests/vault/children/person.ts"), "utf8")));
  return program;
}

describe("while a person saves 200 times a second", () => {
  it("no save is lost, however their program saves", async () => {
    const program = compilePerson();
    const store = await createStore(makeTempFolder(), clock);
    const styles = ["in place", "with a backup", "renamed over", "append"];
    await Promise.all(styles.map((style) => editBeside(store, program, style)));
    await store.settle();
    for (const style of styles) {
      const text = fs.readFileSync(path.join(store.root, `${style}.md`), "utf8");
      const saved = Array.from({ length: lines }, (_, at) => `\n${style} ${at + 1}\n`);
      expect(saved.filter((line) => !text.includes(line))).toEqual([]);
      expect(text.startsWith(section.slice(0, 20)), style).toBe(true);
      expect(text.match(/^count \d+$/gm), style).toHaveLength(1);
    }
    expect(fs.readdirSync(store.root).sort()).toEqual(styles.map((style) => `${style}.md`).sort());
  });
});

/** Edits a note again and again for as long as a person saves it. */
async function editBeside(store: Store, program: string, style: string): Promise<void> {
  const name = `${style}.md`;
  await store.create(name, section);
  const args = [program, path.join(store.root, name), style, String(lines), "5"];
  const person = spawn(process.execPath, args, { stdio: "inherit" });
  let isOver = false;
  const ended = new Promise<number | null>((resolve) => person.on("close", resolve)).finally(() => {
    isOver = true;
  });
  let edits = 0;
  while (!isOver) {
    if ((await editNote(store, name, count)).kind === "edited") edits += 1;
    await clock.wait(1);
  }
  expect(await ended).toBe(0);
  expect(edits, style).toBeGreaterThan(0);
}
