/** A vault that was somebody's before: at a terminal they are asked before pleach writes beside their own patterns. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findOthersPatterns } from "../../src/vault/index.ts";
import { PATIENCE_MS, Workshop } from "./runs.ts";
import { Terminal } from "./terminal.ts";

const workshop = new Workshop("others-vault");
afterAll(() => workshop.clean());

const PLAN = { goal: "one file", tasks: [{ id: "one", run: "echo 1 > one.txt", scope: ["one.txt"] }] };
const QUESTION = "Use this vault so? [y/N]";

function write(vault: string, notes: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(notes)) {
    mkdirSync(join(vault, name, ".."), { recursive: true });
    writeFileSync(join(vault, name), text);
  }
}

describe("a vault with patterns that are no trouble of work", { timeout: 2 * PATIENCE_MS }, () => {
  const root = workshop.repository(PLAN, { "pleach.yaml": "vault: notes\n" });
  const vault = join(root, "notes");
  write(vault, { "patterns/Blouse.md": "# Blouse\n", "patterns/Skirt.md": "---\ntags: [sewing]\n---\n" });
  const run = (id: string): Terminal =>
    new Terminal(root, ["run", "plan.json", "--no-tui", "--trust", "--run-id", id], {
      XDG_STATE_HOME: join(root, ".git/state"),
    });

  it("is left as it is where they say no, used once they say yes, and not asked about again", async () => {
    const first = run("no");
    await first.see(QUESTION);
    expect(first.text.replace(/\s+/g, " ")).toContain("has 2 notes of yours in patterns/ (Blouse.md");
    first.type("\r");
    expect((await first.exit).exitCode).toBe(130);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
    expect(readdirSync(vault)).toEqual(["patterns"]);
    const second = run("yes");
    await second.see(QUESTION);
    second.type("y\r");
    expect((await second.exit).exitCode).toBe(0);
    expect(existsSync(join(vault, "runs"))).toBe(true);
    const third = run("again");
    expect((await third.exit).exitCode).toBe(0);
    expect(third.text).not.toContain(QUESTION);
  });
});

describe("patterns of others", () => {
  it.each<[string, Record<string, string>, string[]]>([
    ["none", { "a.md": "# a\n" }, []],
    ["notes that say that they are patterns", { "patterns/a.md": "---\ntype: pattern\n---\n" }, []],
    ["solutions", { "patterns/a.md": "---\nproblem_type: bug\n---\n" }, []],
    ["a run that pleach learned from", { "patterns/a.md": "", "runs/2026/08/20260824160012-a7f3-x.md": "" }, []],
    ["a vault that was laid down", { "patterns/a.md": "", "patterns/About patterns.md": "" }, []],
    ["others", { "patterns/b/a.md": "# pattern\n", "patterns/c.md": "---\ntype: pattern\n---\n" }, ["patterns/b/a.md"]],
  ])("%s", async (_what, notes, expected) => {
    const root = workshop.repository(PLAN);
    write(root, notes);
    expect(await findOthersPatterns(root)).toEqual(expected);
  });

  it("are none in a folder that is not there", async () => {
    expect(await findOthersPatterns(join(workshop.repository(PLAN), "none"))).toEqual([]);
  });
});
