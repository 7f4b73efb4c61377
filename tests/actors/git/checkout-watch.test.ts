/** The person's own checkout while agents work: what changed is told once, and of nobody that it was him. */
import { readFileSync, rmSync } from "node:fs";
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
  expect(said()).toMatch(/^HEAD \(from main at [0-9a-f]{12} to [0-9a-f]{12}\)/);
  await during("task a", () => writeFiles(repo.root, { "README.md": "again and again\n" }));
  await during("task a", () => runGit(repo.root, "checkout", "-q", "main"));
  expect(said()).toBe("");
});

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
