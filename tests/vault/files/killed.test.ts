/** A program that was killed at any moment of its writing leaves whole notes, and whoever comes next clears the rest. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore, type Store } from "../../../src/vault/files/store.ts";
import { makeTempFolder } from "../temp-vault.ts";
import { untouched as fs, watchSteps } from "./fs-steps.ts";

const before = "%% pleach:start %%\ncount 1\n%% pleach:end %%\n";
const after = before.replace("1", "2");
const clock = { now: () => Date.now() + 3_600_000, wait: () => Promise.resolve() };
const count = ({ text }: { text: string }) => text.replace("count 1", "count 2");

let unhook = async () => {};
afterEach(() => unhook());

/** Lets `write` come to a halt before a step, as SIGKILL would; undefined when it ended without coming there. */
async function haltAt(at: number | string, write: () => Promise<unknown>): Promise<string | undefined> {
  let halted: string | undefined;
  let reach = (_halted: unknown) => {};
  const isReached = new Promise((resolve) => {
    reach = resolve;
  });
  unhook = await watchSteps((step, name) => {
    if (halted === undefined && step !== at && name !== at) return undefined;
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
  it("leaves a note that it edits old or new, and findable by the next one", async () => {
    const halts: string[] = [];
    for (let at = 1; ; at += 1) {
      const store = await makeStore();
      const halted = await haltAt(at, () => editNote(store, "note.md", count));
      if (halted === undefined) break;
      halts.push(halted);
      disown(store.root);
      const next = await createStore(store.root, clock);
      expect(await next.list(), halted).toEqual({ paths: ["note.md"], warnings: [] });
      expect(fs.readdirSync(store.root), halted).toEqual(["note.md"]);
      expect([before, after], halted).toContain(fs.readFileSync(path.join(store.root, "note.md"), "utf8"));
    }
    // The two moments that matter most: when nothing stands at the path, and when both files do.
    expect(halts).toEqual(expect.arrayContaining(["lstatSync", "linkSync", "rmSync"]));
  });

  it("leaves a note that it edits to be found by an edit that does not list the vault", async () => {
    const store = await makeStore();
    await haltAt("lstatSync", () => editNote(store, "note.md", count));
    expect(fs.existsSync(path.join(store.root, "note.md"))).toBe(false);
    disown(store.root);
    // In this process the edit that was killed is still under way, and would be waited for.
    const root = `${store.root}-elsewhere`;
    fs.renameSync(store.root, root);
    onTestFinished(() => fs.rmSync(root, { recursive: true }));
    expect(await editNote(await createStore(root, clock), "note.md", count)).toEqual({ kind: "edited" });
    expect(fs.readFileSync(path.join(root, "note.md"), "utf8")).toBe(after);
  });

  it("leaves a note that it creates whole or not there", async () => {
    for (let at = 1; ; at += 1) {
      const store = await createStore(makeTempFolder(), clock);
      const halted = await haltAt(at, () => store.create("new/note.md", after));
      if (halted === undefined) break;
      const folder = path.join(store.root, "new");
      if (fs.existsSync(folder)) disown(folder);
      await (await createStore(store.root, clock)).list();
      const left = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      expect([[], ["note.md"]], halted).toContainEqual(left);
      if (left.length > 0) expect(fs.readFileSync(path.join(folder, "note.md"), "utf8")).toBe(after);
    }
  });
});

describe("what lies about in a vault", () => {
  it("is left alone while its owner lives, and when it is no program's", async () => {
    const store = await makeStore();
    const name = `.pleach-00000000-${deadPid}-0123456789ab.edit`;
    const mine = [name, ".pleach-lock", ".pleach-notes.md", ".obsidian"];
    for (const one of mine) fs.mkdirSync(path.join(store.root, one));
    expect((await store.list()).paths).toEqual(["note.md"]);
    expect(fs.readdirSync(store.root).sort()).toEqual([...mine, "note.md"].sort());
  });
});
