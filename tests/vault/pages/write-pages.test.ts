/** What a run leaves besides its note and patterns: complete, the same each time, and a person's words untouched. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { learnFromRun, type RunFacts } from "../../../src/vault/index.ts";
import { makeFacts, makeFailure, makeTask, makeTempFolder, readTree, writeNote } from "../temp-vault.ts";

const rich = makeFacts({
  tasks: [
    makeTask({ id: "plan", stream: "planners", failures: [], fixedBy: null, attempts: 1, files: ["plan.md"] }),
    makeTask({ needs: ["plan"] }),
    makeTask({
      id: "logout",
      needs: ["plan"],
      outcome: "failed",
      fixedBy: null,
      failures: [makeFailure({ task: "logout", text: "exit code 1" })],
    }),
    makeTask({ id: "docs", stream: "writers", failures: [], fixedBy: null, files: ["docs/login.md"] }),
  ],
  growth: [{ planner: "plan", version: 2, added: ["login", "logout"], at: 1 }],
  reviews: [
    {
      task: "login",
      attempt: 1,
      stream: "reviewers",
      agent: "claude",
      verdict: "sentBack",
      words: "the session leaks",
      findings: [{ severity: "major", file: "src/auth/session.ts", text: "never closed" }],
      ms: 5,
      at: 2,
    },
    {
      task: "docs",
      attempt: 1,
      stream: "checkers",
      agent: "claude",
      verdict: "approved",
      words: "",
      findings: [],
      ms: 5,
      at: 3,
    },
  ],
  insights: [
    {
      task: "login",
      stream: "builders",
      text: "Sessions need a schema migration before login accepts cookies",
      tags: [],
      at: 4,
    },
    {
      task: null,
      stream: "builders",
      text: "sessions need a schema migration before login accepts cookies ",
      tags: [],
      at: 5,
    },
  ],
});

/** Names of the insight notes of a vault, without id and ending, with their texts. */
function readInsights(dir: string): Map<string, string> {
  const folder = path.join(dir, "insights");
  const names = fs.readdirSync(folder).filter((name) => /^\d{14}-/.test(name));
  return new Map(names.map((name) => [name.slice(20, -3), fs.readFileSync(path.join(folder, name), "utf8")]));
}

/** A person's save of a minute ago: what was saved just now is left alone for a while. */
function save(dir: string, name: string, text: string): void {
  writeNote(dir, name, text);
  const then = new Date(Date.now() - 60_000);
  fs.utimesSync(path.join(dir, name), then, then);
}

const readMap = (dir: string, name: string): string => fs.readFileSync(path.join(dir, "maps", `${name}.md`), "utf8");

describe("insight notes", () => {
  it("are one for each stream that found something, linked to run, tasks and patterns", async () => {
    const dir = makeTempFolder();
    const { runNote } = await learnFromRun(dir, rich);
    const run = path.basename(runNote, ".md");
    const notes = readInsights(dir);
    expect([...notes.keys()].sort()).toEqual([
      "what-builders-found-let-people-log-in",
      "what-planners-found-let-people-log-in",
      "what-reviewers-found-let-people-log-in",
    ]);
    const builders = notes.get("what-builders-found-let-people-log-in") ?? "";
    expect(builders).toContain(`run: "[[${run}]]"`);
    expect(builders).toContain("2 tasks, 1 merged, 1 failed");
    // What trouble there was stands in the run's note.
    expect(builders).not.toContain("### Trouble");
    expect(builders.match(/essions need a schema migration before login accepts cookies/g)).toHaveLength(1);
    expect(builders).toMatch(/\|login\]\]: Sessions need .* \(\[\[\d{14}-[^|]*sessions-need[^|]*\|pattern\]\]\)/);
    expect(notes.get("what-planners-found-let-people-log-in")).toContain("version 2: 2 tasks: login, logout");
    expect(notes.get("what-reviewers-found-let-people-log-in")).toMatch(
      /\|login\]\], attempt 1: sent back by claude: the session leaks\n {4}- major in src\/auth\/session.ts: never closed/,
    );
  });

  it("lead from a merge conflict and a time limit to the patterns of them", async () => {
    const dir = makeTempFolder();
    const merge = makeFailure({ kind: "merge", by: "merge", text: "merge conflict in a.ts", files: ["a.ts"] });
    const timeout = makeFailure({ task: "hang", kind: "timeout", by: "timeout", text: "migrating", files: [] });
    const facts = makeFacts({
      tasks: [
        makeTask({ failures: [merge], fixedBy: "rerun on the new base", fixFiles: [] }),
        makeTask({ id: "hang", outcome: "failed", fixedBy: null, failures: [timeout] }),
      ],
      conflicts: [
        {
          ...{ id: "c1", kind: "merge", task: "login", why: "", files: ["a.ts"], others: ["hang"] },
          choice: "rerun on the new base",
        },
      ],
    });
    const { runNote } = await learnFromRun(dir, facts);
    const text = fs.readFileSync(path.join(dir, runNote), "utf8");
    expect(text).toMatch(/task login, attempt 1, merge: \[\[\d{14}-\w{4}-merge-conflicts-in-a-ts\|Merge/);
    expect(text).toMatch(/task hang, attempt 1, timeout: \[\[\d{14}-\w{4}-overrun-[^|]*\|Overrun/);
    expect([...readInsights(dir)]).toEqual([]);
  });

  it("are brought up to date when the run went on, where a person left them", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, rich);
    const [name = ""] = fs.readdirSync(path.join(dir, "insights")).filter((file) => file.includes("planners"));
    const text = fs.readFileSync(path.join(dir, "insights", name), "utf8");
    fs.rmSync(path.join(dir, "insights", name));
    save(dir, "maps/Planning.md", text.replace("## Notes\n", "## Notes\n\nMine.\n"));
    const growth = [...rich.growth, { planner: "plan", version: 3, added: ["docs"], at: 9 }];
    await learnFromRun(dir, { ...rich, growth, endedAt: rich.endedAt + 1_000 });
    const now = fs.readFileSync(path.join(dir, "maps/Planning.md"), "utf8");
    expect(now).toContain("version 3: 1 task: docs");
    expect(now).toContain("## Notes\n\nMine.\n");
    expect(readInsights(dir).size).toBe(2);
  });
});

describe("maps", () => {
  it("list patterns by area, gate and kind, runs by month, insights by stream", async () => {
    const dir = makeTempFolder();
    const { runNote, created } = await learnFromRun(dir, rich);
    const pattern = path.basename(created[0] ?? "", ".md");
    const run = path.basename(runNote, ".md");
    expect(readMap(dir, "Patterns by area")).toMatch(
      new RegExp(`### src\\n\\n.*\\n- \\[\\[${pattern}\\|Gate unit: .*seen 1 time\\)`),
    );
    expect(readMap(dir, "Patterns by gate")).toContain(`### unit\n\n- [[${pattern}|`);
    expect(readMap(dir, "Patterns by kind")).toContain(`### gate\n\n- [[${pattern}|`);
    expect(readMap(dir, "Runs by month")).toContain(
      `### 2026-08\n\n- 2026-08-24 00:00 [[${run}|Let people log in]] (succeeded), [[canvas/${run}.canvas|canvas]]\n`,
    );
    expect(readMap(dir, "Insights by stream").match(/^### .*/gm)).toEqual([
      "### builders",
      "### planners",
      "### reviewers",
    ]);
  });

  it("leave out what is retired, put first what is pinned, and take in what a person wrote", async () => {
    const dir = makeTempFolder();
    const { created } = await learnFromRun(dir, { ...rich, insights: [] });
    const name = created[0] ?? "";
    save(dir, name, fs.readFileSync(path.join(dir, name), "utf8").replace("status: candidate", "status: retired"));
    writeNote(dir, "patterns/By hand.md", "Look out for [[this]] | and `that`.");
    writeNote(dir, "patterns/Pinned.md", "---\ntype: pattern\npinned: true\ntags: [area/web]\n---\n# Always | lint\n");
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ failures: [], fixedBy: null, files: [] })] }, 9));
    const kinds = readMap(dir, "Patterns by kind");
    expect(kinds.match(/^- .*/gm)).toEqual(["- [[Pinned|Always lint]] (active, pinned)", "- [[By hand]] (active)"]);
    expect(readMap(dir, "Patterns by area").match(/^### .*/gm)).toEqual(["### web", "### Elsewhere"]);
    expect(readMap(dir, "Patterns by gate")).toContain("\nNothing yet.\n");
  });

  it("are made again when they are missing, kept where a person moved them, and left alone without their section", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, rich);
    const maps = path.join(dir, "maps");
    fs.rmSync(path.join(maps, "Patterns by kind.md"));
    fs.renameSync(path.join(maps, "Runs by month.md"), path.join(dir, "Runs by month.md"));
    writeNote(dir, "maps/Patterns by area.md", "# My own map\n");
    const learned = await learnFromRun(dir, makeFacts({}, 60 * 24 * 40));
    expect(learned.warnings).toEqual([]);
    expect(readMap(dir, "Patterns by kind")).toContain("### gate");
    expect(fs.existsSync(path.join(maps, "Runs by month.md"))).toBe(false);
    expect(fs.readFileSync(path.join(dir, "Runs by month.md"), "utf8").match(/^### .*/gm)).toEqual([
      "### 2026-10",
      "### 2026-08",
    ]);
    expect(readMap(dir, "Patterns by area")).toBe("# My own map\n");
  });

  it("keep a person's words around the list", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, rich);
    const mine = readMap(dir, "Runs by month").replace("%% pleach:start", "Above.\r\n\n%% pleach:start");
    save(dir, "maps/Runs by month.md", `${mine}\nBelow, without newline`);
    await learnFromRun(dir, makeFacts({}, 5));
    const now = readMap(dir, "Runs by month");
    expect(now).toContain("Above.\r\n\n%% pleach:start");
    expect(now.endsWith("\nBelow, without newline")).toBe(true);
    expect(now.match(/^- /gm)).toHaveLength(2);
  });

  it("stay small in a vault of many runs", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 60; at += 1) {
      const id = `202608011000${String(at).padStart(2, "0")}-abcd`;
      const note = `---\nid: ${id}\ntype: run\nschema: 1\ntitle: Run ${at}\nstarted: 2026-08-01T10:00:00\noutcome: failed\n---\n`;
      writeNote(dir, `runs/old/run ${at}.md`, note);
    }
    for (let at = 0; at < 60; at += 1) {
      writeNote(dir, `patterns/p${at}.md`, `---\ntype: pattern\ntags: [area/a${at}]\nsupport: ${at}\n---\n`);
    }
    await learnFromRun(dir, makeFacts({ tasks: [] }));
    // Such a vault has no template: the base that lists the rest is not there.
    expect(readMap(dir, "Runs by month").match(/^- .*/gm)).toHaveLength(41);
    expect(readMap(dir, "Runs by month")).toContain("- and 21 more in the vault\n");
    expect(readMap(dir, "Patterns by area")).toContain("And 12 more groups in the vault.");
    expect(readMap(dir, "Patterns by kind")).toMatch(/### Other\n\n- \[\[p59\]\] \(active, seen 59 times\)/);
  });
});

describe("the pages of a run", () => {
  const runs: RunFacts[] = [
    rich,
    makeFacts({}, 7),
    makeFacts({ tasks: [makeTask({ outcome: "failed", fixedBy: null })] }, 9),
  ];

  it("are the same bytes from the same facts, and learning again changes none", async () => {
    const [a, b] = [makeTempFolder(), makeTempFolder()];
    for (const dir of [a, b]) for (const facts of runs) await learnFromRun(dir, facts);
    const tree = readTree(a);
    expect([...tree.keys()].filter((name) => name.startsWith("canvas/2026"))).toHaveLength(3);
    expect(readTree(b)).toEqual(tree);
    for (const facts of runs) await learnFromRun(a, facts);
    expect(readTree(a)).toEqual(tree);
  });

  it("are completed by learning again, whichever of them a killed learner did not come to write", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, rich);
    const tree = readTree(dir);
    const pages = [...tree.keys()].filter((name) => /^(?:canvas|insights)\/2026|^maps\/(?!About)/.test(name));
    expect(pages).toHaveLength(9);
    for (let from = 0; from < pages.length; from += 1) {
      for (const page of pages.slice(from)) fs.rmSync(path.join(dir, page));
      await learnFromRun(dir, rich);
      expect(readTree(dir)).toEqual(tree);
    }
  });

  it("leave a canvas alone that is broken, with a warning, and one that Obsidian wrote in another form, without", async () => {
    const dir = makeTempFolder();
    const { runNote } = await learnFromRun(dir, rich);
    const file = path.join(dir, "canvas", `${path.basename(runNote, ".md")}.canvas`);
    const other = JSON.stringify(JSON.parse(fs.readFileSync(file, "utf8")));
    fs.writeFileSync(file, other);
    expect((await learnFromRun(dir, rich)).warnings).toEqual([]);
    expect(fs.readFileSync(file, "utf8")).toBe(other);
    fs.writeFileSync(file, "{");
    expect((await learnFromRun(dir, rich)).warnings).toEqual([
      expect.stringMatching(/canvas was left alone: it is not a valid/),
    ]);
    expect(fs.readFileSync(file, "utf8")).toBe("{");
  });

  it("follow a canvas that a person moved", async () => {
    const dir = makeTempFolder();
    const { runNote } = await learnFromRun(dir, rich);
    const name = `${path.basename(runNote, ".md")}.canvas`;
    fs.renameSync(path.join(dir, "canvas", name), path.join(dir, "maps", name));
    await learnFromRun(dir, { ...rich, outcome: "failed" });
    expect(fs.existsSync(path.join(dir, "canvas", name))).toBe(false);
    expect(fs.readFileSync(path.join(dir, "maps", name), "utf8")).toContain("failed · 4 tasks");
    expect(readMap(dir, "Runs by month")).toContain(`[[maps/${name}|canvas]]`);
  });
});
