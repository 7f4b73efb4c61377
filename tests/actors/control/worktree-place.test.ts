/** Where the worktrees of a run lie: beside the checkout, or where that cannot be, elsewhere, and why. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type RunFolder, runFolder } from "../../../src/actors/control/run-folder.ts";
import {
  chooseWorktreePlace,
  findWorktreeFolder,
  foldersAbove,
  type PlaceWishes,
} from "../../../src/actors/control/worktree-place.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const RUN = "r1";

/** A checkout with this path below a fresh folder, and a home beside. */
function place(path = "code/app") {
  const base = makeTempFolder("place", "test");
  const [root, home] = [join(base, path), join(base, "home")];
  for (const folder of [join(root, ".git"), home]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, ".git", "config"), "[core]\n\tbare = false\n");
  return { base, root, home, folder: runFolder(root, RUN) };
}

function choose({ folder, home }: { folder: RunFolder; home: string }, wishes: Partial<PlaceWishes> = {}) {
  return chooseWorktreePlace(folder, { env: { HOME: home }, ...wishes });
}

/** Every path below a folder. */
const list = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort();

describe("beside the checkout", () => {
  it.each(["code/app", "my code/an app ünï", "a/app.git"])("lie the worktrees of %s, without a word", (path) => {
    const made = place(path);
    const before = list(made.base);
    expect(choose(made)).toEqual({ folder: join(`${made.root}.worktrees`, RUN), note: null });
    expect(list(made.base)).toEqual(before);
  });

  it("they have no dot in front, though the checkout has", () => {
    const made = place("code/.dotfiles");
    expect(choose(made)).toEqual({ folder: join(dirname(made.root), "dotfiles.worktrees", RUN), note: null });
  });

  it("they share a folder that is there, and with the worktrees of other runs", () => {
    const made = place();
    mkdirSync(join(`${made.root}.worktrees`, "r0"), { recursive: true });
    expect(choose(made).folder).toBe(join(`${made.root}.worktrees`, RUN));
    expect(existsSync(join(`${made.root}.worktrees`, "r0"))).toBe(true);
  });

  it("they lie when other runs begin at the same moment, and look at the same folder", async () => {
    const made = place();
    // Makes it, and removes it again, as each start does that only looks.
    const looks = "for (;;) try { fs.mkdirSync(process.argv[1]); fs.rmdirSync(process.argv[1]); } catch {}";
    const other = spawn(process.execPath, ["-e", looks, `${made.root}.worktrees`]);
    onTestFinished(() => void other.kill("SIGKILL"));
    await once(other, "spawn");
    const notes = new Set<string | null>();
    for (const until = Date.now() + 400; Date.now() < until; ) notes.add(choose(made).note);
    expect([...notes]).toEqual([null]);
  });

  it("they lie when the folder above holds nothing but a bare repository of which the checkout is a worktree", () => {
    const made = place("app/main");
    const above = dirname(made.root);
    mkdirSync(join(above, ".bare"));
    writeFileSync(join(above, ".bare", "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
    writeFileSync(join(above, ".git"), "gitdir: ./.bare\n");
    expect(choose(made)).toEqual({ folder: join(`${made.root}.worktrees`, RUN), note: null });
  });
});

describe("beside a checkout below an empty .git", () => {
  it("as sandboxes leave it in folders for temporary files: for git, too, it is none", () => {
    const made = place();
    mkdirSync(join(made.base, ".git"));
    expect(choose(made)).toEqual({ folder: join(`${made.root}.worktrees`, RUN), note: null });
  });
});

describe("in the home", () => {
  const cases: [string, string, (made: ReturnType<typeof place>) => void, RegExp][] = [
    [
      "the folder above is a checkout",
      "super/lib",
      ({ root }) => mkdirSync(join(dirname(root), ".git", "objects"), { recursive: true }),
      /inside another checkout, .*super$/,
    ],
    [
      "a folder far above is a checkout by a file",
      "super/libs/deep/lib",
      ({ base }) => writeFileSync(join(base, "super", ".git"), "gitdir: /elsewhere\n"),
      /inside another checkout, .*super$/,
    ],
    ["the folder above is synced by its name", "OneDrive - Firm/code/app", () => {}, /OneDrive - Firm, which another/],
    [
      "the folder above is synced by what lies in it",
      "shared/app",
      ({ base }) => mkdirSync(join(base, "shared", ".stfolder")),
      /shared, which another program/,
    ],
    [
      "a file is in the way",
      "code/app",
      ({ root }) => writeFileSync(`${root}.worktrees`, ""),
      /app\.worktrees is no folder$/,
    ],
    [
      "a link leads nowhere",
      "code/app",
      ({ root }) => symlinkSync("/nonexistent/x", `${root}.worktrees`),
      /app\.worktrees cannot be made or written/,
    ],
    [
      "something of the run's name is there already",
      "code/app",
      ({ root }) => mkdirSync(join(`${root}.worktrees`, RUN), { recursive: true }),
      /app\.worktrees\/r1 is there already/,
    ],
  ];
  it.each(cases)("they lie when %s, and it is said", (_title, path, arrange, why) => {
    const made = place(path);
    arrange(made);
    const before = list(made.base);
    const { folder, note } = choose(made);
    expect(dirname(dirname(folder))).toBe(join(made.home, "pleach-worktrees"));
    expect(folder).toMatch(/-[0-9a-f]{8}\/r1$/);
    expect(note).toMatch(why);
    expect(note).toContain(dirname(folder));
    expect(list(made.base)).toEqual(before);
  });

  it("two checkouts of one name have folders of their own", () => {
    const base = makeTempFolder("place", "test");
    const folders = ["a/OneDrive/app", "b/OneDrive/app"].map((path) => {
      mkdirSync(join(base, path), { recursive: true });
      return choose({ folder: runFolder(join(base, path), RUN), home: base }).folder;
    });
    expect(new Set(folders).size).toBe(2);
  });

  it("they lie when the folder above cannot be written", () => {
    // Nobody can make a folder here, not even root.
    const { home } = place();
    const { folder, note } = choose({ folder: runFolder("/proc/self", RUN), home });
    expect(folder).toMatch(/pleach-worktrees\/self-[0-9a-f]{8}\/r1$/);
    expect(note).toContain("/proc/self.worktrees cannot be made or written");
  });

  it("they lie when the checkout is the root of the file system", () => {
    const { home } = place();
    const { folder, note } = choose({ folder: runFolder("/", RUN), home });
    expect(folder).toMatch(/pleach-worktrees\/checkout-[0-9a-f]{8}\/r1$/);
    expect(note).toContain("root of the file system");
  });
});

it.each(["/dev/null", "missing"])("where the home is %s, they lie in the folder of all runs", (home) => {
  const made = place("OneDrive/app");
  const { folder, note } = choose({ ...made, home: resolve(made.base, home) });
  expect(folder).toBe(join(made.root, ".ce-workspace", "worktrees", RUN));
  expect(note).toContain(dirname(folder));
});

describe("where somebody says", () => {
  it("they lie in a folder inside the repository", () => {
    const made = place();
    expect(choose(made, { inRepository: "build/trees" })).toEqual({
      folder: join(made.root, "build/trees", RUN),
      note: null,
    });
  });

  it.each(["../elsewhere", "/elsewhere", "link/trees", ".git/trees", ""])("a repository cannot say %j", (path) => {
    const made = place();
    symlinkSync(made.home, join(made.root, "link"));
    expect(() => choose(made, { inRepository: path })).toThrow(expect.objectContaining({ code: "worktrees.unusable" }));
  });

  it("a person can say any folder, and that wins", () => {
    const made = place();
    const ofPerson = join(made.base, "fast disk");
    const { folder, note } = choose(made, { ofPerson, inRepository: "trees" });
    expect(folder).toMatch(/fast disk\/app-[0-9a-f]{8}\/r1$/);
    expect(note).toBeNull();
  });

  it("a person's folder that cannot be made is an error", () => {
    expect(() => choose(place(), { ofPerson: "/dev/null/x" })).toThrow(
      expect.objectContaining({ code: "worktrees.unusable" }),
    );
  });
});

describe("a run that goes on", () => {
  it("finds its worktrees where it put them, whatever would be chosen now", () => {
    const made = place();
    const recorded = choose(made).folder;
    mkdirSync(recorded, { recursive: true });
    writeFileSync(join(made.base, "code", ".dropbox"), "");
    expect(findWorktreeFolder(made.folder, recorded, { inRepository: "trees", env: { HOME: made.home } })).toBe(
      recorded,
    );
  });

  it("finds those of a run that recorded no place in the folder of all runs, or where pleach.yaml says", () => {
    const { folder, root } = place();
    expect(findWorktreeFolder(folder, undefined, { env: {} })).toBe(join(root, ".ce-workspace/worktrees", RUN));
    expect(findWorktreeFolder(folder, undefined, { inRepository: "t", env: {} })).toBe(join(root, "t", RUN));
  });

  it("chooses anew when the recorded place cannot be had any more", () => {
    const made = place();
    const found = findWorktreeFolder(made.folder, "/dev/null/app.worktrees/r1", { env: { HOME: made.home } });
    expect(found).toBe(join(`${made.root}.worktrees`, RUN));
  });
});

it("takes away only folders that are for worktrees alone", () => {
  expect(foldersAbove("/a/app.worktrees/r1")).toEqual(["/a/app.worktrees"]);
  expect(foldersAbove("/h/pleach-worktrees/app-1/r1")).toEqual(["/h/pleach-worktrees/app-1", "/h/pleach-worktrees"]);
  expect(foldersAbove("/a/app/trees/r1")).toEqual([]);
});

it("leaves what another program puts into the folder while it looks", () => {
  const made = place();
  mkdirSync(`${made.root}.worktrees`);
  chmodSync(`${made.root}.worktrees`, 0o750);
  choose(made);
  expect(existsSync(`${made.root}.worktrees`)).toBe(true);
});
