/** A program that is killed at any moment of its writing leaves whole notes, and whoever comes next clears the rest. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { nameTemporary } from "../../../src/vault/files/own-files.ts";
import { createStore, type Store } from "../../../src/vault/files/store.ts";
import { listAsLearner, makeTempFolder } from "../temp-vault.ts";
import { untouched as fs, watchSteps } from "./fs-steps.ts";

const before = "%% pleach:start %%\ncount 1\n%% pleach:end %%\n";
const after = before.replace("1", "2");
const clock = { now: () => Date.now() + 3_600_000, wait: () => Promise.resolve() };
const count = ({ text }: { text: string }) => text.replace("count 1", "count 2");

let unhook = async () => {};
afterEach(() => unhook());

/** Lets `write` come to a halt before a step, as SIGKILL would; undefined when it ended without coming there. */
async function haltAt(at: number, write: () => Promise<unknown>, hasLinks = true): Promise<string | undefined> {
  let halted: string | undefined;
  let reach = (_halted: unknown) => {};
  const isReached = new Promise((resolve) => {
    reach = resolve;
  });
  unhook = await watchSteps((step, name) => {
    if (halted === undefined && step !== at) {
      if (name === "link" && !hasLinks) throw Object.assign(new Error("no links"), { code: "EPERM" });
      return undefined;
    }
    halted ??= name;
    reach(undefined);
    if (name.endsWith("Sync")) throw new Error("halted");
    return new Promise(() => {});
  });
  await Promise.race([write(), isReached]);
  // What was asked for before the halt is done by then.
  await new Promise((resolve) => setTimeout(resolve, 2));
  await unhook();
  return halted;
}

/** Makes what this process left look like a dead one's. */
function disown(root: string): void {
  for (const name of fs.readdirSync(root)) {
    const owned = name.replace(`-${process.pid}-`, `-${deadPid}-`);
    if (owned !== name) fs.renameSync(path.join(root, name), path.join(root, owned));
  }
}

const deadPid = spawnSync(process.execPath, ["-e", "0"]).pid;

async function makeStore(): Promise<Store> {
  const store = await createStore(makeTempFolder(), clock);
  fs.writeFileSync(path.join(store.root, "note.md"), before);
  return store;
}

describe("a program that is killed before any of its steps", () => {
  it("leaves a note that it edits at its path, old or new, before any program looks after it", async () => {
    const halts: string[] = [];
    const found = new Set<string>();
    for (let at = 1; ; at += 1) {
      const store = await makeStore();
      const halted = await haltAt(at, () => editNote(store, "note.md", count));
      if (halted === undefined) break;
      halts.push(halted);
      const text = fs.readFileSync(path.join(store.root, "note.md"), "utf8");
      expect([before, after], halted).toContain(text);
      found.add(text);
      disown(store.root);
      const next = await createStore(store.root, clock);
      expect(await listAsLearner(next.root), halted).toEqual({ paths: ["note.md"], warnings: [] });
      expect(fs.readdirSync(store.root), halted).toEqual(["note.md"]);
      expect(fs.readFileSync(path.join(store.root, "note.md"), "utf8"), halted).toBe(text);
    }
    expect(found).toEqual(new Set([before, after]));
    // Between the last look and the rename nothing is waited for: no step of another kind comes in.
    expect(halts.slice(halts.indexOf("lstatSync")).slice(0, 2)).toEqual(["lstatSync", "renameSync"]);
  });

  it.each([
    { disk: "with hard links", hasLinks: true },
    { disk: "without hard links", hasLinks: false },
  ])("leaves a note that it creates whole or not there on a disk $disk", async ({ hasLinks }) => {
    for (let at = 1; ; at += 1) {
      const store = await createStore(makeTempFolder(), clock);
      const halted = await haltAt(at, () => store.create("new/note.md", after), hasLinks);
      if (halted === undefined) {
        expect(fs.readFileSync(path.join(store.root, "new/note.md"), "utf8")).toBe(after);
        expect(fs.readdirSync(path.join(store.root, "new"))).toEqual(["note.md"]);
        expect(await store.create("new/note.md", before)).toBe("exists");
        break;
      }
      const folder = path.join(store.root, "new");
      const note = path.join(folder, "note.md");
      // Its name is taken by an empty file first where there are no links.
      const wholes = hasLinks ? [after] : ["", after];
      if (fs.existsSync(note)) expect(wholes, halted).toContain(fs.readFileSync(note, "utf8"));
      if (fs.existsSync(folder)) disown(folder);
      await listAsLearner((await createStore(store.root, clock)).root);
      expect([[], ["note.md"]], halted).toContainEqual(fs.existsSync(folder) ? fs.readdirSync(folder) : []);
    }
  });
});

describe("what was written aside in a vault", () => {
  it("is cleared away once its owner is gone, and so is no other file", async () => {
    const store = await makeStore();
    const mine = nameTemporary();
    const dead = mine.replace(`-${process.pid}-`, `-${deadPid}-`);
    const elsewhere = `.pleach-00000000-${deadPid}-0123456789ab.tmp`;
    const forgotten = `.pleach-00000000-${deadPid}-0123456789ac.tmp`;
    const folder = `.pleach-00000000-${deadPid}-0123456789ad.tmp`;
    const others = [mine, elsewhere, ".pleach-lock", ".pleach-notes.md", ".hidden.tmp", "note.tmp"];
    for (const name of [...others, dead, forgotten]) fs.writeFileSync(path.join(store.root, name), "");
    fs.mkdirSync(path.join(store.root, folder));
    const longAgo = Date.now() / 1000 - 3 * 3600;
    for (const name of [forgotten, folder]) fs.utimesSync(path.join(store.root, name), longAgo, longAgo);
    expect((await listAsLearner(store.root)).paths).toEqual(["note.md"]);
    expect(fs.readdirSync(store.root).sort()).toEqual([...others, folder, "note.md"].sort());
  });
});
