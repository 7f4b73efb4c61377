/** What docs/ shows can be used as it stands: each `pleach.yaml` is sound, each plan is one. */
import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../src/cli/program.ts";
import type { PlanFormat } from "../src/plan/load-plan.ts";
import { parseConfig } from "../src/plan/read-config.ts";
import { makeContext, read } from "./plan/read-text.ts";

const DOCS = new URL("../docs/", import.meta.url);

interface Block {
  page: string;
  text: string;
}

/** The blocks of all pages in this language, without the indentation of a list. */
function blocksOf(language: string): Block[] {
  return readdirSync(DOCS)
    .filter((name) => name.endsWith(".md"))
    .flatMap((page) => {
      const text = readFileSync(new URL(page, DOCS), "utf8");
      const blocks = text.matchAll(new RegExp(`^( *)(\`{3,})${language}\\n([\\s\\S]*?)^\\1\\2$`, "gm"));
      return [...blocks].map(([, indent = "", , block = ""]) => ({
        page,
        text: block.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      }));
    });
}

const isPlan = ({ text }: Block): boolean => /^tasks:/m.test(text);

describe("docs/", () => {
  it("shows configurations that are sound", () => {
    const configurations = blocksOf("yaml").filter((block) => !isPlan(block));
    expect(configurations.length).toBeGreaterThan(3);
    for (const { page, text } of configurations) {
      expect(parseConfig(text, page), text).toMatchObject({ errors: [], warnings: [] });
    }
  });

  it.each<[PlanFormat, Block[]]>([
    ["yaml", blocksOf("yaml").filter(isPlan)],
    ["markdown", blocksOf("markdown")],
  ])("shows plans in %s that are plans", (format, plans) => {
    const context = makeContext("agents: {claude: {kind: claude}}\nagent: claude\n");
    expect(plans.length).toBeGreaterThan(0);
    for (const { text } of plans) expect(read(text, format, context), text).toMatchObject({ errors: [], warnings: [] });
  });

  it("shows commands of the program, with options that they take", () => {
    const program = buildProgram(() => {});
    const lines = readdirSync(DOCS)
      .filter((page) => page.endsWith(".md"))
      .flatMap(
        (page) =>
          readFileSync(new URL(page, DOCS), "utf8").match(/^ {4}pleach .*$|(?<=`)pleach \w[^`\n]*(?=`)/gm) ?? [],
      );
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(whyNoCommand(program, line.trim()), line).toBeNull();
  });
});

/** Why a line is no command of the program; null when it is one. */
function whyNoCommand(program: Command, line: string): string | null {
  const [, ...words] = line.replace(/ #.*$/, "").match(/"[^"]*"|\S+/g) ?? [];
  let command = program;
  for (let word = words[0]; word !== undefined && !word.startsWith("-"); word = words[0]) {
    const inner = command.commands.find((each) => each.name() === word);
    if (inner === undefined) break;
    command = inner;
    words.shift();
  }
  if (command === program || command.commands.length > 0) return `there is no such command: ${words[0]}`;
  const flags = words.filter((word) => word.startsWith("-")).map((word) => word.split("=")[0]);
  const unknown = flags.find((flag) => !command.options.some(({ long, short }) => flag === long || flag === short));
  return unknown === undefined ? null : `${command.name()} has no option ${unknown}`;
}
