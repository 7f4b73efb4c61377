/** Whatever happens to the files of a source, a watcher tells of it, however the program saves that does it. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Source } from "../../../src/vault/files/sources.ts";
import { foreignSource } from "../../../src/vault/files/sources.ts";
import { type SourceChange, type WatchOptions, watchSources } from "../../../src/vault/files/watch.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

/** Long enough never to happen in a test that does not want it. */
const never = 3_600_000;

/** Watches, and keeps what a listener that reads each file it is told of has last seen of it. */
async function watchAndRead(sources: Source[], options: WatchOptions = {}) {
  const told: SourceChange[][] = [];
  const warnings: string[] = [];
  const seen = new Map<string, string | undefined>();
  const read = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined);
  const watcher = await watchSources(
    sources,
    (changes) => {
      told.push(changes);
      for (const { source, path: name } of changes) seen.set(name, read(path.join(sources[source]?.dir ?? "", name)));
    },
    { lookMs: never, pollMs: never, quietMs: 30, ...options, onWarning: (warning) => warnings.push(warning) },
  );
  onTestFinished(() => watcher.close());
  return { watcher, told, warnings, seen };
}

function until(condition: () => void): Promise<void> {
  return vi.waitFor(condition, { timeout: 20_000, interval: 10 });
}

function makeVault(): { dir: string; source: Source; write: (name: string, text: string) => void } {
  const dir = makeTempFolder();
  return { dir, source: { dir, isWritten: true }, write: (name, text) => writeNote(dir, name, text) };
}

describe("a watched vault", () => {
  it("tells of notes and other files that come, change, and go, and of a rename as both", async () => {
    const { dir, source, write } = makeVault();
    write("old.md", "1");
    write("gone.md", "1");
    const { seen } = await watchAndRead([source]);
    write("new.md", "1");
    write("deep/er/new.md", "1");
    write("old.md", "22");
    write("bases/A.base", "views: []");
    fs.rmSync(path.join(dir, "gone.md"));
    await until(() =>
      expect(Object.fromEntries(seen)).toEqual({
        "new.md": "1",
        "deep/er/new.md": "1",
        "old.md": "22",
        "bases/A.base": "views: []",
        "gone.md": undefined,
      }),
    );
    seen.clear();
    fs.renameSync(path.join(dir, "old.md"), path.join(dir, "deep/renamed.md"));
    await until(() => expect(Object.fromEntries(seen)).toEqual({ "old.md": undefined, "deep/renamed.md": "22" }));
  });

  it("knows the last of quick writes, in each way that programs save", async () => {
    const { dir, source, write } = makeVault();
    const names = Array.from({ length: 12 }, (_, at) => `note-${at}.md`);
    for (const name of names) write(name, "0");
    const { seen, told } = await watchAndRead([source], { quietMs: 100 });
    for (const [at, name] of names.entries()) {
      const file = path.join(dir, name);
      fs.writeFileSync(file, "1");
      await new Promise((resolve) => setTimeout(resolve, at * 4));
      if (at % 3 === 0) fs.writeFileSync(file, "2");
      else if (at % 3 === 1) {
        fs.writeFileSync(`${file}.part`, "2");
        fs.renameSync(`${file}.part`, file);
      } else {
        fs.renameSync(file, `${file}~`);
        fs.writeFileSync(file, "2");
        fs.rmSync(`${file}~`);
      }
    }
    await until(() => expect(names.map((name) => seen.get(name))).toEqual(names.map(() => "2")));
    // Together, not each on its own.
    expect(told.length).toBeLessThan(12);
  });

  it("tells of a folder's notes when it is removed, and again when it is made anew", async () => {
    const { dir, source, write } = makeVault();
    for (const name of ["a/1.md", "a/b/2.md", "3.md"]) write(name, "old");
    const { seen } = await watchAndRead([source]);
    fs.rmSync(path.join(dir, "a"), { recursive: true });
    await until(() => expect(Object.fromEntries(seen)).toEqual({ "a/1.md": undefined, "a/b/2.md": undefined }));
    for (const name of ["a/1.md", "a/b/2.md"]) write(name, "new");
    await until(() => expect(Object.fromEntries(seen)).toEqual({ "a/1.md": "new", "a/b/2.md": "new" }));
    fs.renameSync(path.join(dir, "a"), path.join(dir, "c"));
    await until(() => expect([seen.get("a/b/2.md"), seen.get("c/b/2.md")]).toEqual([undefined, "new"]));
  });

  it("is followed when its folder goes and comes back", async () => {
    const { dir, source, write } = makeVault();
    write("note.md", "old");
    const { seen } = await watchAndRead([source], { pollMs: 20 });
    fs.renameSync(dir, `${dir}-away`);
    onTestFinished(() => fs.rmSync(`${dir}-away`, { recursive: true, force: true }));
    await until(() => expect(seen.has("note.md") && seen.get("note.md")).toBe(undefined));
    write("note.md", "another");
    await until(() => expect(seen.get("note.md")).toBe("another"));
    fs.rmSync(dir, { recursive: true });
    await until(() => expect(seen.get("note.md")).toBe(undefined));
    fs.renameSync(`${dir}-away`, dir);
    await until(() => expect(seen.get("note.md")).toBe("old"));
    // Watched again, not only found by looking.
    write("later.md", "1");
    await until(() => expect(seen.get("later.md")).toBe("1"));
  });

  it("may come into being later", async () => {
    const dir = path.join(makeTempFolder(), "vault");
    const { seen } = await watchAndRead([{ dir, isWritten: true }], { pollMs: 20 });
    writeNote(dir, "note.md", "1");
    await until(() => expect(seen.get("note.md")).toBe("1"));
  });

  it("has files of its own, hidden ones and links, that are not told of", async () => {
    const { dir, source, write } = makeVault();
    const elsewhere = makeTempFolder();
    const { seen } = await watchAndRead([source], { lookMs: 30 });
    fs.symlinkSync(elsewhere, path.join(dir, "link"));
    fs.symlinkSync("..", path.join(dir, "loop"));
    writeNote(elsewhere, "outside.md", "1");
    for (const name of [".pleach-lock", ".pleach-00000000-1-0123456789ab.tmp", ".obsidian/workspace.json"])
      write(name, "1");
    for (const name of [".trash/a.md", "node_modules/a/README.md", "last.md"]) write(name, "1");
    await until(() => expect([...seen.keys()]).toEqual(["last.md"]));
  });

  it("tells at last of what chokidar did not see", async () => {
    const { dir, source, write } = makeVault();
    // chokidar takes the backslash for a slash, and so watches another path.
    const { seen } = await watchAndRead([source], { lookMs: 30 });
    write("a\\b.md", "1");
    await until(() => expect(seen.get("a\\b.md")).toBe("1"));
    fs.rmSync(path.join(dir, "a\\b.md"));
    await until(() => expect(seen.get("a\\b.md")).toBe(undefined));
  });

  it("tells nothing once it is closed, and keeps no process alive", async () => {
    const { source, write } = makeVault();
    const { watcher, told } = await watchAndRead([source]);
    write("note.md", "1");
    await watcher.close();
    const count = told.length;
    write("note.md", "2");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told.length).toBe(count);
    const handles = () => process.getActiveResourcesInfo().filter((name) => /FSEvent|StatWatcher/.test(name));
    expect(handles()).toEqual([]);
  });
});

describe("a source that cannot be watched", () => {
  it("is looked at now and then, with a warning, when the system has no watches left", async () => {
    const { source, write } = makeVault();
    write("note.md", "1");
    const original = fs.watch;
    Object.assign(fs, {
      watch: () => {
        throw Object.assign(new Error("ENOSPC: System limit for number of file watchers reached"), { code: "ENOSPC" });
      },
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      Object.assign(fs, { watch: original });
      syncBuiltinESMExports();
    });
    const { seen, warnings } = await watchAndRead([source], { pollMs: 20 });
    expect(warnings).toEqual([expect.stringMatching(/cannot be watched whole: ENOSPC.*now and then instead\.$/)]);
    write("note.md", "22");
    write("new.md", "1");
    await until(() => expect(Object.fromEntries(seen)).toEqual({ "note.md": "22", "new.md": "1" }));
    expect(warnings).toHaveLength(1);
  });

  it("is looked at when it is a few files of a repository", async () => {
    const { dir, write } = makeVault();
    write("AGENTS.md", "1");
    const { seen } = await watchAndRead([foreignSource(dir)], { pollMs: 20 });
    write("AGENTS.md", "22");
    write("src/main.ts", "1");
    write("docs/solutions/a.md", "1");
    await until(() => expect(Object.fromEntries(seen)).toEqual({ "AGENTS.md": "22", "docs/solutions/a.md": "1" }));
  });
});
