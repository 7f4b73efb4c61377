/** A vault that is committed: two clones each learn from their own run, and git brings both together by itself. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { initVault, learnFromRun, type RunFacts } from "../../../src/vault/index.ts";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { makeFacts, makeTask, makeTempFolder, openPatterns, readTree, saveByPerson } from "../temp-vault.ts";

const failure = { stream: "builders", attempt: 1, kind: "gate" as const, by: "unit", files: [] };

/** Two clones of a repository with a vault in it, which `prepare` may change before it is first committed. */
async function makeClones(prepare: (vault: string) => void = () => undefined) {
  const root = makeTempFolder();
  const git = (dir: string, ...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "pull.rebase=false", ...args], {
      cwd: path.join(root, dir),
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const vaultOf = (clone: string): string => path.join(root, clone, "vault");
  const commit = (clone: string, message: string): void => {
    git(clone, "add", "-A");
    git(clone, "commit", "-q", "-m", message);
  };
  /** What git wrote just now is left alone for a while, as if somebody typed it. */
  const letRest = (): void => {
    const longAgo = new Date(Date.now() - 60_000);
    for (const name of readTree(vaultOf("two")).keys())
      fs.utimesSync(path.join(vaultOf("two"), name), longAgo, longAgo);
  };
  git(".", "init", "-q", "--bare", "-b", "main", "hub.git");
  git(".", "clone", "-q", "hub.git", "one");
  await initVault(vaultOf("one"));
  prepare(vaultOf("one"));
  git("one", "checkout", "-q", "-b", "main");
  commit("one", "A vault");
  const learn = async (clone: string, at: number, goal: string, text: string, more: Partial<RunFacts> = {}) => {
    const task = makeTask({ id: goal, failures: [{ ...failure, task: goal, text }] });
    await learnFromRun(vaultOf(clone), makeFacts({ goal, tasks: [task], ...more }, at));
    commit(clone, goal);
  };
  return {
    learn,
    commit,
    vaultOf,
    share: () => {
      git("one", "push", "-q", "origin", "main");
      git(".", "clone", "-q", "hub.git", "two");
      letRest();
    },
    bringTogether: () => {
      git("one", "push", "-q", "origin", "main");
      git("two", "pull", "-q", "--no-edit", "origin", "main");
      letRest();
    },
    check: async () => {
      const sources = [{ dir: vaultOf("two"), isWritten: true }];
      const { problems } = await checkVaults(sources, { now: Date.UTC(2026, 8, 1), cacheDir: null });
      return problems.map(({ code }) => code);
    },
  };
}

it("is pulled without a conflict after both clones ran, and the maps list both runs once", async () => {
  // A vault from before there were attributes.
  const { learn, share, bringTogether, check, vaultOf } = await makeClones((vault) => {
    fs.rmSync(path.join(vault, ".gitattributes"));
  });
  share();
  await learn("one", 1, "Paint the door", "Error: the door is wet");
  await learn("two", 2, "Mow the lawn", "TypeError: grass is not a function");
  bringTogether();
  expect(await check()).toEqual([]);
  await learn("two", 3, "Sweep the path", "RangeError: the path is too long");
  const map = fs.readFileSync(path.join(vaultOf("two"), "maps/Runs by month.md"), "utf8");
  for (const goal of ["Paint the door", "Mow the lawn", "Sweep the path"]) {
    expect(map.split(`|${goal}]]`), goal).toHaveLength(2);
  }
  expect(map.split("### 2026-08")).toHaveLength(2);
});

describe("one pattern that both clones saw again", () => {
  const trouble = "Error: the door is wet";

  /** The shared pattern's note in the second clone. */
  const fileIn = (vault: string): string => {
    const names = fs.readdirSync(path.join(vault, "patterns")).filter((name) => /^\d{14}-/.test(name));
    const texts = names.map((name) => path.join(vault, "patterns", name));
    const found = texts.filter((file) => fs.readFileSync(file, "utf8").includes("door is wet"));
    expect(found).toHaveLength(1);
    return found[0] ?? "";
  };
  const propertiesOf = (file: string): Record<string, unknown> => {
    const note = parseNote(path.basename(file), fs.readFileSync(file, "utf8"));
    expect(note.frontmatter.kind).toBe("ok");
    return note.frontmatter.kind === "ok" ? Object.fromEntries(note.frontmatter.values) : {};
  };

  it("holds the evidence of both, is told as one at once, and is one note again once the next run is learned", async () => {
    const { learn, share, bringTogether, check, vaultOf } = await makeClones();
    await learn("one", 1, "Paint the door", trouble);
    share();
    const shown = async (vault: string) => ({ "Again and again": (await patternsIn(vault)).map(({ id }) => id) });
    await learn("one", 2, "Paint it again", trouble);
    await learn("one", 3, "Again and again", trouble, { patternsUsed: await shown(vaultOf("one")) });
    await learn("two", 4, "Paint it red", trouble);
    bringTogether();
    expect(await check()).toEqual(["note.doubled"]);
    // Two runs of the one clone, one of the other, and the one before.
    expect(await patternsIn(vaultOf("two"))).toMatchObject([{ status: "active", evidence: { support: 3 } }]);
    const unrelated = makeFacts({ goal: "Sweep the path", tasks: [] }, 5);
    await learnFromRun(vaultOf("two"), unrelated);
    expect(await check()).toEqual([]);
    const file = fileIn(vaultOf("two"));
    const text = fs.readFileSync(file, "utf8");
    expect(propertiesOf(file)).toMatchObject({
      support: 4,
      successes: 4,
      failures: 0,
      predicted: 1,
      hits: 1,
      misses: 0,
    });
    expect(propertiesOf(file).evidence).toHaveLength(4);
    expect(text).toContain("Seen in 4 runs, last in [[");
    expect(text).toContain("helped 4 of 4");
    expect(text.match(/^- \[\[\d{14}-.*<br>retry: helped 1 of 1/gm)).toHaveLength(4);
    await learnFromRun(vaultOf("two"), unrelated);
    expect(fs.readFileSync(file, "utf8")).toBe(text);
  });

  it("counts both where both went on from the same number", async () => {
    const { learn, share, bringTogether, vaultOf } = await makeClones();
    await learn("one", 1, "Paint the door", trouble);
    share();
    await learn("one", 2, "Paint it again", trouble);
    await learn("two", 3, "Paint it red", trouble);
    bringTogether();
    await learn("two", 4, "Paint it blue", trouble);
    expect(propertiesOf(fileIn(vaultOf("two")))).toMatchObject({ support: 4, successes: 4 });
  });

  it("stays retired where a person of one clone retired it", async () => {
    const { learn, share, bringTogether, commit, check, vaultOf } = await makeClones();
    await learn("one", 1, "Paint the door", trouble);
    share();
    const file = fileIn(vaultOf("one"));
    saveByPerson(file, fs.readFileSync(file, "utf8").replace("status: candidate", "status: retired"));
    commit("one", "Retire it");
    await learn("two", 2, "Paint it red", trouble);
    bringTogether();
    expect(await patternsIn(vaultOf("two"))).toEqual([]);
    await learn("two", 3, "Paint it blue", trouble);
    expect(propertiesOf(fileIn(vaultOf("two")))).toMatchObject({ status: "retired", support: 3 });
    expect(await check()).toEqual([]);
  });

  async function patternsIn(vault: string) {
    const task = {
      id: "t",
      title: "Paint",
      instruction: "",
      stream: "builders",
      scope: ["src/auth/**"],
      gates: ["unit"],
    };
    return (await openPatterns([vault])).find({ ...task, failure: { ...failure, text: trouble } }, 9);
  }
});
