/**
 * A person's program saves a note at any moment of our edit: before each call we make of the file system, in each way
 * that programs save. What the person saved is in the note at the end, with one moment given up for those that put
 * another file at the path: that between our last look at it and the rename.
 */
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore, type Store } from "../../../src/vault/files/store.ts";
import { makeTempFolder } from "../temp-vault.ts";
import { untouched as fs, watchSteps } from "./fs-steps.ts";

const before = "# Note\n\n%% pleach:start %%\ncount 1\n%% pleach:end %%\n\nTheirs.\n";
const line = "A line of a person.\n";

/** An hour ahead, so that no file looks fresh. Nothing waits, but the last look at a replaced file for the test. */
function makeClock() {
  let release = () => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 2));
  const clock = { now: () => Date.now() + 3_600_000, wait: (ms: number) => (ms >= 200 ? isReleased : pause()) };
  return { clock, release };
}

/** Counts one further, which only succeeds on a text that holds the section whole. */
const count = ({ text }: { text: string }) => text.replace(/^count 1$/m, "count 2");

/** What is left to do for a program that saves, once the edit has ended. */
type Finish = (() => void) | undefined;

let unhook = async () => {};
afterEach(() => unhook());

async function makeStore(): Promise<{ store: Store; file: string; release: () => void }> {
  const { clock, release } = makeClock();
  const store = await createStore(makeTempFolder(), clock);
  const file = path.join(store.root, "note.md");
  fs.writeFileSync(file, before);
  return { store, file, release };
}

interface Found {
  /** Before which step it was. */
  at: string;
  /** Whether that was between the last look and the rename. */
  isTooLate: boolean;
  store: Store;
  file: string;
  /** What came of the edit. */
  kind: string;
  /** What the note was before each later step. */
  texts: string[];
}

/** Edits a note once for each step there is, letting `act` happen before it; `judge` sees what came of it. */
async function editAtEveryStep(act: (file: string) => Finish, judge: (found: Found) => void): Promise<void> {
  for (let at = 1; ; at += 1) {
    const { store, file, release } = await makeStore();
    let name: string | undefined;
    let finish: Finish;
    const texts: string[] = [];
    unhook = await watchSteps((step, called) => {
      if (step > at && fs.existsSync(file)) texts.push(fs.readFileSync(file, "utf8"));
      if (step !== at) return;
      name = called;
      finish = act(file);
    });
    const { kind } = await editNote(store, "note.md", count);
    finish?.();
    const isFinished = name !== undefined;
    release();
    await store.settle();
    if (!isFinished) finish?.();
    await unhook();
    if (name === undefined) {
      expect(at).toBeGreaterThan(20);
      return;
    }
    expect(fs.readdirSync(store.root).filter((found) => found.startsWith("."))).toEqual([]);
    judge({ at: `step ${at}, ${name}`, isTooLate: name === "renameSync", store, file, kind, texts });
  }
}

interface Save {
  who: string;
  act: (file: string) => Finish;
}

const savesInPlace: Save[] = [
  {
    who: "an editor that saves in place",
    act(file) {
      fs.writeFileSync(file, before + line);
      return undefined;
    },
  },
  {
    who: "a script that appends",
    act(file) {
      fs.appendFileSync(file, line);
      return undefined;
    },
  },
  {
    who: "a script that opens the file to append, and writes after the edit",
    act(file) {
      const open = fs.openSync(file, "a");
      return () => {
        fs.writeSync(open, line);
        fs.closeSync(open);
      };
    },
  },
  {
    who: "a program that opens the file for update, and writes it whole after the edit",
    act(file) {
      const open = fs.openSync(file, "r+");
      return () => {
        fs.ftruncateSync(open, 0);
        fs.writeSync(open, before + line, 0);
        fs.closeSync(open);
      };
    },
  },
  {
    who: "an editor that empties the file, and writes it a moment later",
    act(file) {
      const open = fs.openSync(file, "w");
      let isWritten = false;
      const write = () => {
        if (isWritten) return;
        isWritten = true;
        fs.writeSync(open, before + line);
        fs.closeSync(open);
      };
      setTimeout(write, 5);
      return write;
    },
  },
];

const savesByRename: Save[] = [
  {
    who: "an editor that moves the old file to a backup",
    act(file) {
      fs.renameSync(file, `${file}~`);
      fs.writeFileSync(file, before + line);
      fs.rmSync(`${file}~`);
      return undefined;
    },
  },
  {
    who: "a program that renames a finished file over it",
    act(file) {
      fs.writeFileSync(`${file}.part`, before + line);
      fs.renameSync(`${file}.part`, file);
      return undefined;
    },
  },
];

/** Nothing of the note is lost or twice there, and nothing lies beside it. */
function expectWhole(file: string, at: string): void {
  const text = fs.readFileSync(file, "utf8");
  expect(text, at).toContain("Theirs.\n");
  expect(text.match(/count/g), at).toHaveLength(1);
  expect(fs.readdirSync(path.dirname(file)), at).toEqual(["note.md"]);
}

describe("a save in place at any moment of an edit", () => {
  it.each(savesInPlace)("is kept when it is that of $who", async ({ act }) => {
    await editAtEveryStep(act, ({ at, file }) => {
      expectWhole(file, at);
      expect(fs.readFileSync(file, "utf8"), at).toContain(line);
    });
  });
  it("is kept in a note beside it, whole, where two saves cannot be brought together", async () => {
    const { store, file, release } = await makeStore();
    const late = fs.openSync(file, "r+");
    expect(await editNote(store, "note.md", count)).toEqual({ kind: "edited" });
    fs.writeFileSync(file, "A new text of a person.\n");
    fs.writeSync(late, "Another one.\n", 0);
    fs.closeSync(late);
    release();
    await store.settle();
    const [beside, ...others] = fs.readdirSync(store.root).filter((name) => name !== "note.md");
    expect([beside, others]).toEqual([expect.stringMatching(/^note \(saved meanwhile \d{14}\)\.md$/), []]);
    expect(fs.readFileSync(file, "utf8")).toBe("A new text of a person.\n");
    expect(fs.readFileSync(path.join(store.root, beside ?? ""), "utf8")).toBe(`Another one.\n${before.slice(13)}`);
  });
});

describe("a save that has only emptied the file so far", () => {
  it("is waited for, and never empties the note", async () => {
    const { store, file, release } = await makeStore();
    const late = fs.openSync(file, "r+");
    let hasBegun = false;
    let looks = 0;
    const sizes: number[] = [];
    unhook = await watchSteps((_step, name) => {
      sizes.push(fs.statSync(file).size);
      if (name === "renameSync" && !hasBegun) {
        hasBegun = true;
        fs.ftruncateSync(late, 0);
      } else if (name === "read" && hasBegun) looks += 1;
      if (looks === 6) fs.writeSync(late, before + line, 0);
    });
    expect(await editNote(store, "note.md", count)).toEqual({ kind: "edited" });
    fs.closeSync(late);
    release();
    await store.settle();
    expect(looks).toBeGreaterThan(6);
    expect(Math.min(...sizes)).toBe(before.length);
    expect(fs.readFileSync(file, "utf8")).toBe(count({ text: before + line }));
  });
});

describe("a change at any moment of an edit but between the last look and the rename", () => {
  const wholeSaves = [...savesByRename, ...savesInPlace.slice(0, 1)];

  it.each(wholeSaves)("is kept, and at no time missing from the note, when it is that of $who", async ({ act }) => {
    await editAtEveryStep(act, ({ at, isTooLate, file, texts }) => {
      expectWhole(file, at);
      if (isTooLate) return;
      for (const text of [...texts, fs.readFileSync(file, "utf8")]) expect(text, at).toContain(line);
    });
  });

  it("is kept when it only changes who may write the note", async () => {
    await editAtEveryStep(
      (file) => {
        fs.chmodSync(file, 0o640);
        return undefined;
      },
      ({ at, isTooLate, file }) => {
        if (!isTooLate) expect(fs.statSync(file).mode & 0o777, at).toBe(0o640);
      },
    );
  });
});

describe("a note that goes away at any moment of an edit but between the last look and the rename", () => {
  it("stays deleted", async () => {
    await editAtEveryStep(
      (file) => {
        fs.rmSync(file);
        return undefined;
      },
      ({ at, isTooLate, store, kind }) => {
        expect(fs.readdirSync(store.root), at).toEqual(isTooLate ? ["note.md"] : []);
        if (kind === "absent") expect(isTooLate, at).toBe(false);
      },
    );
  });

  it("stays where it was renamed to, and is nowhere else", async () => {
    await editAtEveryStep(
      (file) => {
        fs.renameSync(file, path.join(path.dirname(file), "elsewhere.md"));
        return undefined;
      },
      ({ at, isTooLate, store, kind }) => {
        const elsewhere = path.join(store.root, "elsewhere.md");
        expect(fs.readdirSync(store.root), at).toEqual(isTooLate ? ["elsewhere.md", "note.md"] : ["elsewhere.md"]);
        const isEdited = kind === "edited" && !isTooLate;
        expect(fs.readFileSync(elsewhere, "utf8"), at).toBe(isEdited ? count({ text: before }) : before);
      },
    );
  });
});
