/** What is edited, when, and what is left alone. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../src/vault/files/clock.ts";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore } from "../../../src/vault/files/store.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const section = "%% pleach:start %%\ncount 1\n%% pleach:end %%\n";
const count = ({ text }: { text: string }) => text.replace(/count (\d+)/, (_all, n) => `count ${Number(n) + 1}`);

/** A clock that stands still but for what is waited; it lists the waits of a tenth of a second and more. */
function makeClock(startMs = Date.now()): Clock & { waits: number[]; onWait: () => void } {
  const clock = {
    waits: [] as number[],
    onWait: () => {},
    nowMs: startMs,
    now: () => clock.nowMs,
    async wait(ms: number) {
      clock.nowMs += ms;
      if (ms < 100) return;
      clock.waits.push(ms);
      clock.onWait();
    },
  };
  return clock;
}

describe("editNote", () => {
  it("edits a note that the program made, or keeps a section of, and no other", async () => {
    const store = await createStore(makeTempFolder());
    const made = "---\nid: 20260824160012-a7f3\ntype: pattern\nschema: 1\n---\ncount 1\n";
    const theirs = {
      "zettel.md": "---\nid: 20260824160012-a7f3\ntitle: Mine\n---\ncount 1\n",
      "solution.md": "---\nmodule: auth\nproblem_type: test_failure\n---\ncount 1\n",
      "broken.md": "---\nid: [\ntype: pattern\n---\ncount 1\n",
      "js.md": "---js\nprocess.exit(1)\n---\ncount 1\n",
      "CLAUDE.md": "count 1\n",
    };
    for (const [name, text] of Object.entries({ ...theirs, "made.md": made, "kept.md": section })) {
      writeNote(store.root, name, text);
    }
    for (const [name, text] of Object.entries(theirs)) {
      expect(await editNote(store, name, count), name).toEqual({
        kind: "refused",
        why: expect.stringContaining("not a note of pleach"),
      });
      expect(fs.readFileSync(path.join(store.root, name), "utf8")).toBe(text);
    }
    expect(await editNote(store, "made.md", count)).toEqual({ kind: "edited" });
    expect(await editNote(store, "kept.md", count)).toEqual({ kind: "edited" });
    expect(await editNote(store, "zettel.md", count, { isByPerson: true })).toEqual({ kind: "edited" });
    expect(fs.readFileSync(path.join(store.root, "zettel.md"), "utf8")).toBe(count({ text: theirs["zettel.md"] }));
  });

  it("says what it did not do, and leaves the note's bytes and time as they were", async () => {
    const store = await createStore(makeTempFolder());
    const invalid = Buffer.concat([Buffer.from(section), Buffer.from([0xff, 0x0a])]);
    writeNote(store.root, "invalid.md", invalid);
    writeNote(store.root, "same.md", section);
    const { mtimeMs } = fs.statSync(path.join(store.root, "same.md"));
    fs.symlinkSync("same.md", path.join(store.root, "link.md"));
    expect(await editNote(store, "invalid.md", count)).toEqual({ kind: "refused", why: "it is not valid UTF-8" });
    expect(await editNote(store, "same.md", ({ text }) => text)).toEqual({ kind: "unchanged" });
    expect(await editNote(store, "same.md", () => null)).toEqual({ kind: "unchanged" });
    expect(await editNote(store, "same.md", () => ({ kind: "refused", why: "so" }))).toEqual({
      kind: "refused",
      why: "so",
    });
    expect(await editNote(store, "link.md", count)).toEqual({ kind: "refused", why: "it is a symbolic link" });
    expect(await editNote(store, "none.md", count)).toEqual({ kind: "absent" });
    expect(await editNote(store, "no/folder/none.md", count)).toEqual({ kind: "absent" });
    expect(await editNote(store, "../none.md", count)).toEqual({ kind: "refused", why: "it lies outside the vault" });
    expect(fs.readFileSync(path.join(store.root, "invalid.md"))).toEqual(invalid);
    expect(fs.statSync(path.join(store.root, "same.md")).mtimeMs).toBe(mtimeMs);
    expect(fs.readdirSync(store.root).sort()).toEqual(["invalid.md", "link.md", "same.md"]);
  });

  it("keeps BOM, CRLF, NUL and the file's mode", async () => {
    const store = await createStore(makeTempFolder());
    const text = `\uFEFF${section.replaceAll("\n", "\r\n")}a\0b\r\nlast`;
    writeNote(store.root, "note.md", text);
    fs.chmodSync(path.join(store.root, "note.md"), 0o664);
    expect(await editNote(store, "note.md", count)).toEqual({ kind: "edited" });
    expect(fs.readFileSync(path.join(store.root, "note.md"), "utf8")).toBe(text.replace("count 1", "count 2"));
    expect(fs.statSync(path.join(store.root, "note.md")).mode & 0o777).toBe(0o664);
  });

  it("leaves a note that is marked read-only", async () => {
    const store = await createStore(makeTempFolder());
    writeNote(store.root, "note.md", section);
    fs.chmodSync(path.join(store.root, "note.md"), 0o444);
    expect(await editNote(store, "note.md", count)).toEqual({ kind: "refused", why: "it is read-only" });
    await expect(store.replace("note.md", Buffer.from(section), "")).rejects.toMatchObject({
      code: "vault.unwritable",
      message: expect.stringContaining("read-only"),
      hint: expect.any(String),
    });
    expect(fs.readFileSync(path.join(store.root, "note.md"), "utf8")).toBe(section);
    expect(fs.readdirSync(store.root)).toEqual(["note.md"]);
  });

  it("adds up many edits of one note that begin at once", async () => {
    const store = await createStore(makeTempFolder());
    await store.create("note.md", section);
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => editNote(store, "note.md", count)));
    expect(outcomes.every(({ kind }) => kind === "edited")).toBe(true);
    expect(fs.readFileSync(path.join(store.root, "note.md"), "utf8")).toContain("count 31\n");
  });
});

describe("a store", () => {
  it("replaces no note whose bytes are others than those the new text was made from", async () => {
    const store = await createStore(makeTempFolder());
    writeNote(store.root, "note.md", section);
    expect(await store.replace("note.md", Buffer.from(`${section}x`), "new")).toEqual({ kind: "moved" });
    expect(fs.readdirSync(store.root)).toEqual(["note.md"]);
    expect(fs.readFileSync(path.join(store.root, "note.md"), "utf8")).toBe(section);
  });
});

describe("a note that somebody just saved", () => {
  it("is left alone until it has been quiet for three seconds", async () => {
    const clock = makeClock();
    const store = await createStore(makeTempFolder(), clock);
    fs.writeFileSync(path.join(store.root, "note.md"), section);
    let saves = 0;
    clock.onWait = () => {
      saves += 1;
      if (saves > 2) return;
      fs.appendFileSync(path.join(store.root, "note.md"), `line ${saves}\n`);
      fs.utimesSync(path.join(store.root, "note.md"), clock.now() / 1000, clock.now() / 1000);
    };
    expect(await editNote(store, "note.md", count)).toEqual({ kind: "edited" });
    expect(clock.waits.slice(0, 3).every((ms) => ms > 2_500 && ms <= 3_000)).toBe(true);
    expect(clock.waits.slice(0, 3)).toHaveLength(3);
    expect(fs.readFileSync(path.join(store.root, "note.md"), "utf8")).toBe(
      `${count({ text: section })}line 1\nline 2\n`,
    );
  });

  it("is given up, untouched, when they go on and on", async () => {
    const clock = makeClock();
    const store = await createStore(makeTempFolder(), clock);
    const file = path.join(store.root, "note.md");
    fs.writeFileSync(file, section);
    clock.onWait = () => fs.utimesSync(file, clock.now() / 1000, clock.now() / 1000);
    expect(await editNote(store, "note.md", count)).toEqual({ kind: "refused", why: "somebody is writing it" });
    expect(clock.waits.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(15_000);
    expect(fs.readFileSync(file, "utf8")).toBe(section);
  });

  it("is not waited for when it was the program, in whatever process", async () => {
    const clock = makeClock();
    const dir = makeTempFolder();
    await (await createStore(dir, clock)).create("note.md", section);
    for (let edits = 0; edits < 20; edits += 1) {
      const another = await createStore(dir, clock);
      expect(await editNote(another, "note.md", count)).toEqual({ kind: "edited" });
    }
    // Those that remain are for saves that come late, and hold up nothing.
    expect(clock.waits.filter((ms) => ms > 1_000)).toEqual([]);
  });

  it("is not waited for when its time says tomorrow, or long ago", async () => {
    const clock = makeClock();
    const store = await createStore(makeTempFolder(), clock);
    for (const [name, hours] of [
      ["a.md", 24],
      ["b.md", -24],
    ] as const) {
      writeNote(store.root, name, section);
      const time = clock.now() / 1000 + hours * 3600;
      fs.utimesSync(path.join(store.root, name), time, time);
      expect(await editNote(store, name, count)).toEqual({ kind: "edited" });
    }
    expect(clock.waits.filter((ms) => ms > 1_000)).toEqual([]);
  });
});
