/** The shipped commands for Claude Code against the program that they call: what they name exists, what they teach holds. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { buildProgram } from "../../src/cli/program.ts";
import { analyzePlan, loadPlan } from "../../src/plan/index.ts";
import { loadConfig } from "../../src/plan/load-config.ts";

const FOLDER = fileURLToPath(new URL("../../claude-commands/", import.meta.url));
const FILES = readdirSync(FOLDER).sort();

interface Shipped {
  head: Record<string, unknown>;
  body: string;
}

function read(file: string): Shipped {
  const [, head = "", body = ""] =
    /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(join(FOLDER, file), "utf8")) ?? [];
  return { head: parse(head), body };
}

/** Calls of pleach that a text holds in backquotes, such as `pleach run 'PLAN' --json`. */
function listCalls(text: string): string[][] {
  return [...text.matchAll(/`pleach ([^`]+)`/g)].map(([, words]) => (words as string).split(/\s+/));
}

/** Where a call does not fit the program; null when it does. */
function explainBadCall(words: readonly string[]): string | null {
  let command: Command = buildProgram(() => {});
  let at = 0;
  for (; at < words.length; at++) {
    const next = command.commands.find((each) => each.name() === words[at]);
    if (next === undefined) break;
    command = next;
  }
  if (at === 0) return `no command ${words[0]}`;
  const options = words.filter((word) => word.startsWith("--"));
  const unknown = options.find((word) => command.options.every(({ long }) => long !== word));
  return unknown === undefined ? null : `${command.name()} has no ${unknown}`;
}

describe.each(FILES)("%s", (file) => {
  const { head, body } = read(file);

  it("says what it is for, what it takes and what it may do without being asked, and uses its arguments", () => {
    expect(head).toMatchObject({
      description: expect.stringMatching(/^\S.{10,}/),
      "argument-hint": expect.stringMatching(/\S/),
      "allowed-tools": expect.stringContaining("Bash(pleach "),
    });
    expect(body).toContain("$ARGUMENTS");
  });

  it("calls pleach only in ways that there are", () => {
    const allowed = [...String(head["allowed-tools"]).matchAll(/Bash\(pleach ([^):]+)/g)];
    const calls = [...listCalls(body), ...allowed.map(([, words]) => (words as string).split(" "))];
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.map(explainBadCall).filter((bad) => bad !== null)).toEqual([]);
  });

  it("lets Claude ship, answer for a person, or use git to write only after asking", () => {
    const tools = String(head["allowed-tools"]).split(/,\s*/);
    const reading = /^Bash\(git (remote|(log|diff|show):\*)\)$/;
    const bash = tools.filter((tool) => tool.startsWith("Bash"));
    const others = bash.filter((tool) => !/^Bash\(pleach (plan check|run|resume|status|events|list):\*\)$/.test(tool));
    expect(others.filter((tool) => !reading.test(tool) && tool !== "Bash(pleach decide --json)")).toEqual([]);
  });

  it("sends on to commands that there are", () => {
    const named = [...body.matchAll(/\/(ce-[a-z-]+)/g)].map(([, name]) => `${name}.md`);
    expect(named.filter((name) => !FILES.includes(name))).toEqual([]);
  });
});

describe.each(["ce-plan.md", "ce-parallel-plan.md"])("the plan that %s shows", (file) => {
  it("holds", async () => {
    const [, shown = ""] = /^ {3}````markdown\n([\s\S]*?)^ {3}````$/m.exec(read(file).body) ?? [];
    const root = mkdtempSync(join(tmpdir(), "pleach-command-"));
    try {
      writeFileSync(join(root, "plan.md"), shown.replace(/^ {3}/gm, ""));
      const { config } = await loadConfig(root);
      const { plan, errors, warnings } = loadPlan(join(root, "plan.md"), { root, config });
      expect([...errors, ...warnings]).toEqual([]);
      expect(plan?.gates.map(({ name }) => name)).toEqual(["test"]);
      expect(plan && analyzePlan(plan).warnings).toEqual([]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
