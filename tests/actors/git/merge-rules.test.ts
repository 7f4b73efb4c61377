/** By which rules commits are merged, and where: those of the tree merged onto, and never in a person's checkout. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { ChainItem } from "../../../src/actors/git/chain.ts";
import { buildChain, openRepository, type Repository, shipBranch } from "../../../src/actors/git/index.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, fingerprint, initRepository, makeFolder, runGit, writeFiles } from "./temp-repository.ts";

async function makeItems(repo: Repository, base: string, files: Record<string, string>[]): Promise<ChainItem[]> {
  const items: ChainItem[] = [];
  for (const [at, content] of files.entries()) {
    const task = `t${at}`;
    const made = await startAttempt(repo, task, { base });
    writeFiles(made.path, content);
    const { commit } = expectCommitted(await finishAttempt(repo, made, { base }));
    items.push({ task, commit, message: task, trailers: { run: "r1", task, effect: `merge/1/1/${task}` } });
  }
  return items;
}

/** Two tasks that add a line at the same place: only `merge=union` takes both. */
const BOTH = [{ "log.txt": "start\none\n" }, { "log.txt": "start\ntwo\n" }];

const TMPDIR = process.env.TMPDIR;
afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

describe("merging", () => {
  it("takes its rules from the tree merged onto, whatever is checked out", async () => {
    const root = initRepository({ "log.txt": "start\n", "a.txt": "a" });
    runGit(root, "switch", "-q", "-c", "base");
    writeFiles(root, { ".gitattributes": "*.txt text\n", "sub/.gitattributes": "" });
    writeFileSync(join(root, ".gitattributes"), "log.txt merge=union\n");
    const base = commitAll(root, "rules");
    runGit(root, "switch", "-q", "main");
    const repo = await openRepository(root);
    const items = await makeItems(repo, base, BOTH);
    const elsewhere = await buildChain(repo, { onto: base, items });
    expect(elsewhere.conflicts).toEqual([]);
    expect(runGit(root, "show", `${elsewhere.links[1]?.commit}:log.txt`)).toBe("start\none\ntwo");
    runGit(root, "switch", "-q", "base");
    expect(await buildChain(repo, { onto: base, items })).toEqual(elsewhere);
  });

  it("takes them from folders deep in the tree, and from what was merged before", async () => {
    const root = initRepository({ "deep/er/log.txt": "start\n" });
    const repo = await openRepository(root);
    const deep = BOTH.map(({ "log.txt": text }) => ({ "deep/er/log.txt": text }));
    const rules = { "deep/.gitattributes": "*.txt merge=union\n" };
    const [ruled, ...others] = await makeItems(repo, repo.head.commit, [rules, ...deep]);
    const without = await buildChain(repo, { onto: repo.head.commit, items: others });
    expect(without.conflicts).toHaveLength(1);
    const items = ruled === undefined ? others : [ruled, ...others];
    expect((await buildChain(repo, { onto: repo.head.commit, items })).conflicts).toEqual([]);
  });

  it("is not decided by attributes that nobody committed", async () => {
    const root = initRepository({ "log.txt": "start\n" });
    const repo = await openRepository(root);
    const items = await makeItems(repo, repo.head.commit, BOTH);
    const plain = await buildChain(repo, { onto: repo.head.commit, items });
    expect(plain.conflicts).toHaveLength(1);
    writeFiles(root, { ".gitattributes": "* merge=union\n" });
    expect(await buildChain(repo, { onto: repo.head.commit, items })).toEqual(plain);
    runGit(root, "add", ".gitattributes");
    expect(await buildChain(repo, { onto: repo.head.commit, items })).toEqual(plain);
  });

  it("runs a driver beside a clean copy of the tree merged onto, and never in the checkout", async () => {
    const root = initRepository({
      "lock.txt": "start\n",
      "package.txt": "committed\n",
      ".gitattributes": "lock.txt merge=lock\n",
    });
    const driver = join(makeFolder(), "driver.sh");
    // As drivers of lock files do: look at the file beside, write the file at its path and hand that in.
    writeFileSync(driver, 'cat package.txt > "$1"; ls stray 2>/dev/null >> "$1"; echo x > stray; cp "$1" "$2"\n');
    runGit(root, "config", "merge.lock.driver", `sh '${driver}' %P %A`);
    writeFiles(root, { "package.txt": "being edited\n" });
    const repo = await openRepository(root);
    const items = await makeItems(
      repo,
      repo.head.commit,
      ["one", "two", "three"].map((text) => ({ "lock.txt": text })),
    );
    const before = fingerprint(root);
    const chain = await buildChain(repo, { onto: repo.head.commit, items });
    expect(chain.conflicts).toEqual([]);
    expect(runGit(root, "show", `${chain.links[2]?.commit}:lock.txt`)).toBe("committed");
    expect(fingerprint(root)).toEqual(before);
    expect(existsSync(join(root, "stray"))).toBe(false);
  });

  it("ships by the rules of the branch that is shipped into", async () => {
    const root = initRepository({ "log.txt": "start\n", ".gitattributes": "log.txt merge=union\n" });
    const repo = await openRepository(root);
    const [item] = await makeItems(repo, repo.head.commit, BOTH.slice(1));
    runGit(root, "branch", "pleach/r1", item?.commit ?? "");
    writeFiles(root, { "log.txt": "start\none\n" });
    commitAll(root, "by hand");
    runGit(root, "switch", "-q", "--orphan", "other");
    process.env.TMPDIR = makeFolder();
    expect(await shipBranch(repo, { run: "r1", into: "main" })).toMatchObject({ kind: "shipped", how: "merge" });
    expect(runGit(root, "show", "main:log.txt")).toBe("start\none\ntwo");
    expect(readdirSync(process.env.TMPDIR)).toEqual([]);
  });

  it("writes no file outside of its place for a tree that names one", async () => {
    const root = initRepository({ "log.txt": "start\n" });
    const blob = runGit(root, "hash-object", "-w", "log.txt");
    const evil = execTree(root, `100644 blob ${blob}\t.gitattributes\n`);
    const tree = execTree(root, `040000 tree ${evil}\t..\n100644 blob ${blob}\tlog.txt\n`);
    const base = runGit(root, "commit-tree", tree, "-p", "HEAD", "-m", "evil");
    const repo = await openRepository(root);
    const items = await makeItems(repo, repo.head.commit, BOTH.slice(1));
    await buildChain(repo, { onto: base, items }).catch(() => null);
    expect(existsSync(join(tmpdir(), ".gitattributes"))).toBe(false);
    expect(readFileSync(join(root, "log.txt"), "utf8")).toBe("start\n");
  });
});

/** Writes a tree as it is told, sound or not. */
function execTree(root: string, text: string): string {
  const file = join(makeFolder(), "tree");
  writeFileSync(file, text);
  return runGit(root, "-c", `alias.mk=!git mktree < '${file}'`, "mk");
}
