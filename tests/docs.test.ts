/** What docs/ shows can be used as it stands: each `pleach.yaml` is sound, each plan is one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../src/cli/program.ts";
import type { PlanFormat } from "../src/plan/load-plan.ts";
import { parseConfig } from "../src/plan/read-config.ts";
import { parseOwnConfig } from "../src/plan/read-own-config.ts";
import { listCommands, listPages, readBlocks } from "./docs/read-page.ts";
import { ROOT } from "./helpers/compile-src.ts";
import { NO_HOME } from "./helpers/temp-folders.ts";
import { makeContext, read } from "./plan/read-text.ts";

/** Pages for people who use the program. */
const PAGES = listPages().filter((page) => !/^docs\/(?:adr|internals|machines)\//.test(page));

interface Block {
  page: string;
  file: string | undefined;
  text: string;
}

/**
 * The blocks of all pages in this language; of those with a name, the ones that pass. What belongs to another tool has a name
 * of its own.
 */
function blocksOf(language: string, isMeant: (file: string) => boolean): Block[] {
  return PAGES.flatMap((page) =>
    readBlocks(readFileSync(join(ROOT, page), "utf8"))
      .filter((block) => block.language === language && !block.mark.startsWith("task"))
      .filter(({ info }) => isMeant(info.get("file") ?? "pleach.yaml"))
      .map(({ text, info }) => ({ page, file: info.get("file"), text })),
  );
}

const isOurs = (file: string): boolean => !file.startsWith("bundles/");
const isPlan = ({ text }: Block): boolean => /^tasks:/m.test(text);

describe("docs/", () => {
  it("shows configurations that are sound", () => {
    const configurations = blocksOf("yaml", (file) => /(^|\/)pleach\.yaml$/.test(file)).filter(
      (block) => !isPlan(block),
    );
    expect(configurations.length).toBeGreaterThan(3);
    for (const { page, text } of configurations) {
      expect(parseConfig(text, page), text).toMatchObject({ errors: [], warnings: [] });
    }
  });

  it("shows configurations of a person that are sound", () => {
    const own = blocksOf("yaml", (file) => file === "config.yaml");
    expect(own.length).toBeGreaterThan(1);
    for (const { page, text } of own) {
      expect(parseOwnConfig(text, { file: page, home: NO_HOME }), text).toMatchObject({ errors: [], warnings: [] });
    }
  });

  it.each<[PlanFormat, Block[]]>([
    ["yaml", blocksOf("yaml", isOurs).filter(isPlan)],
    ["markdown", blocksOf("markdown", isOurs)],
  ])("shows plans in %s that are plans", (format, plans) => {
    expect(plans.length).toBeGreaterThan(0);
    for (const { page, file, text } of plans) {
      const config = blocksOf("yaml", (name) => name === "pleach.yaml").find((each) => each.page === page && each.file);
      const own = config?.text ?? "agents: {claude: {kind: claude}}\n";
      const context = makeContext(/^agent:/m.test(own) ? own : `${own}agent: claude\n`);
      const { errors, warnings } = read(text, format, context);
      // A page may show what is warned of; then it saves it, and says so.
      expect({ errors, warnings: file === undefined ? warnings : [] }, text).toEqual({ errors: [], warnings: [] });
    }
  });

  it("shows commands of the program, with options that they take", () => {
    const program = buildProgram(() => {});
    const lines = PAGES.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), "utf8");
      const typed = readBlocks(text).flatMap((block) => (block.language === "sh" ? listCommands(block.text) : []));
      const named = text.match(/^ {4}pleach .*$|(?<=`)pleach \w[^`\n]*(?=`)/gm) ?? [];
      return [...typed, ...named].filter((line) => /^ *pleach /.test(line));
    });
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(whyNoCommand(program, line.trim()), line).toBeNull();
  });
});

/** Why a line is no command of the program; null when it is one. */
function whyNoCommand(program: Command, line: string): string | null {
  const [, ...words] = line.replace(/ [#|>&;].*$/, "").match(/"[^"]*"|\S+/g) ?? [];
  if (words.length === 1 && words[0] === "--version") return null;
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
