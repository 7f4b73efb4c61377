/** The person's own checkout while agents work: what changed is told once, and of nobody that it was him. */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CheckoutWatch } from "../../../src/actors/git/index.ts";
import { commitAll, fingerprint, openTemp, runGit, writeFiles } from "./temp-repository.ts";

const FILES = { "README.md": "read\n", "src/mul.js": "mul\n", "a b.txt": "a\n" };

async function open() {
  const repo = await openTemp(FILES);
  const told: string[] = [];
  const watch = new CheckoutWatch(repo, [".ce-workspace", "vault"]);
  const during = (who: string, work: () => unknown) =>
    watch.during(
      who,
      async (text) => told.push(text),
      async () => work(),
    );
  return { repo, told, watch, during };
}

it("says that index, files and HEAD changed, once, and changes nothing itself", async () => {
  const { repo, told, during } = await open();
  const before = fingerprint(repo.root);
  expect(await during("task a", () => "done")).toBe("done");
  expect(fingerprint(repo.root)).toEqual(before);
  expect(told).toEqual([]);
  await during("task a", async () => {
    await during("task b", () => undefined);
    writeFiles(repo.root, { "README.md": "changed\n", "evil.txt": "e\n", "vault/note.md": "n", "a b.txt": "b\n" });
    runGit(repo.root, "add", "evil.txt");
    rmSync(join(repo.root, "src/mul.js"));
  });
  const who = "while task a or task b was at work, by yourself or by a task that left its worktree";
  expect(told).toEqual([`your checkout changed ${who}: README.md, a b.txt, evil.txt, src/mul.js (see git status)`]);
  await during("task c", () => writeFiles(repo.root, { "README.md": "again\n" }));
  expect(told).toHaveLength(1);
});

it("tells apart the index, a file and HEAD, each once", async () => {
  const { repo, told, during } = await open();
  const said = (): string =>
    told
      .splice(0)
      .map((text) => text.replace(/^.*worktree: | \(see git status\)$/g, ""))
      .join();
  const other = runGit(repo.root, "rev-parse", "HEAD:README.md");
  await during("task a", () => runGit(repo.root, "update-index", "--cacheinfo", `100644,${other},src/mul.js`));
  expect(said()).toBe("src/mul.js (in the index)");
  await during("task a", () => runGit(repo.root, "rm", "--cached", "-q", "a b.txt"));
  expect(said()).toBe("");
  await during("task a", () => writeFiles(repo.root, { "README.md": "longer than before\n" }));
  expect(said()).toBe("README.md");
  await during("task a", () => runGit(repo.root, "checkout", "-q", "--detach", "-f"));
  expect(said()).toMatch(/^HEAD \(from main at [0-9a-f]{12} to detached at [0-9a-f]{12}\)/);
  await during("task a", () => writeFiles(repo.root, { "README.md": "again and again\n" }));
  await during("task a", () => runGit(repo.root, "checkout", "-q", "main"));
  expect(said()).toBe("");
});

it("takes a file for changed by what it holds where its index is another, however young it is", async () => {
  const index = "(in the index)";
  const cases: [string, string[], (root: string) => void][] = [
    [
      "written again as it was",
      [`README.md ${index}`],
      (root) => writeFiles(root, { "README.md": FILES["README.md"] }),
    ],
    ["written otherwise", ["README.md"], (root) => writeFiles(root, { "README.md": "by another\n" })],
    ["made a program", ["README.md"], (root) => chmodSync(join(root, "README.md"), 0o755)],
    ["a link to what it was", ["README.md"], (root) => replaceBy(root, (at) => symlinkSync(copyOf(root), at))],
    ["a pipe that nobody writes to", ["README.md"], (root) => replaceBy(root, (at) => execFileSync("mkfifo", [at]))],
  ];
  const ways: Record<string, (root: string) => void> = {
    other: (root) => {
      const oid = runGit(root, "rev-parse", "HEAD:src/mul.js");
      runGit(root, "update-index", "--cacheinfo", `100644,${oid},README.md`);
    },
    none: (root) => runGit(root, "rm", "--cached", "-q", "README.md"),
  };
  for (const [what, expected, change] of cases) {
    for (const [way, stage] of Object.entries(ways)) {
      // What mode a file has that is not in the index git does not tell.
      if (what === "made a program" && way === "none") continue;
      const { repo, told, during } = await open();
      await during("task a", () => {
        stage(repo.root);
        change(repo.root);
      });
      const names = told.join().match(/README\.md(?: \(in the index\))?/g);
      expect(names, `${what}, index: ${way}`).toEqual(expected);
    }
  }
});

const copyOf = (root: string): string => {
  const path = join(root, ".git", "copy");
  writeFileSync(path, FILES["README.md"]);
  return path;
};

function replaceBy(root: string, make: (at: string) => void): void {
  const at = join(root, "README.md");
  rmSync(at);
  make(at);
}

it("knows index and files apart where both were changed before, and a file that is put aside", async () => {
  const { repo, told, during } = await open();
  writeFiles(repo.root, { "README.md": "mine\n" });
  await during("task a", () => runGit(repo.root, "add", "README.md"));
  expect(told.join()).toContain(": README.md (in the index) (see");
  await during("task b", () => runGit(repo.root, "stash", "-q"));
  expect(told[1]).toContain(": README.md (see");
});

it("sees what is written into a file that was changed before, and a commit", async () => {
  const { repo, told, during } = await open();
  writeFiles(repo.root, { "README.md": "mine\n" });
  await during("task a", () => writeFiles(repo.root, { "README.md": "by another\n" }));
  expect(told.join()).toContain(": README.md (see");
  const other = await open();
  await other.during("task a", () => commitAll(other.repo.root, "by hand"));
  expect(other.told.join()).toMatch(/: HEAD \(from main at [0-9a-f]{12} to main at [0-9a-f]{12}\) \(see/);
});

it("says nothing of what was changed while nobody worked, nor of what shipping changed, and bears a checkout that is gone", async () => {
  const { repo, told, watch, during } = await open();
  await during("task a", () => undefined);
  writeFiles(repo.root, { "README.md": "between\n" });
  await during("task b", async () => {
    commitAll(repo.root, "shipped");
    await watch.moved();
  });
  expect(told).toEqual([]);
  expect(readFileSync(join(repo.root, "README.md"), "utf8")).toBe("between\n");
  const failing = during("task c", () => {
    rmSync(repo.root, { recursive: true });
    throw new Error("the agent's own");
  });
  await expect(failing).rejects.toThrow("the agent's own");
  expect(told).toEqual([]);
});
