/** What docs/ shows can be used as it stands: each `pleach.yaml` is sound, each plan is one. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/plan/index.ts";
import { makeContext, read } from "./plan/read-text.ts";

const DOCS = new URL("../docs/", import.meta.url);
const pages = readdirSync(DOCS).filter((name) => name.endsWith(".md"));

/** The blocks of a page in this language, without the indentation of a list. */
function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(new URL(page, DOCS), "utf8");
  const blocks = text.matchAll(new RegExp(`^( *)(\`{3,})${language}\\n([\\s\\S]*?)^\\1\\2$`, "gm"));
  return [...blocks].map(([, indent = "", , block = ""]) => block.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}

describe.each(pages)("docs/%s", (page) => {
  const [plans, configs] = [true, false].map((isPlan) =>
    blocksOf(page, "yaml").filter((block) => /^tasks:/m.test(block) === isPlan),
  ) as [string[], string[]];

  it.runIf(configs.length > 0)("shows configurations that are sound", () => {
    for (const block of configs) {
      expect(parseConfig(block, "pleach.yaml"), block).toMatchObject({ errors: [], warnings: [] });
    }
  });

  const markdown = blocksOf(page, "markdown");
  it.runIf(markdown.length + plans.length > 0)("shows plans that are plans", () => {
    const context = makeContext("agents: {claude: {kind: claude}}\nagent: claude\n");
    for (const block of markdown)
      expect(read(block, "markdown", context), block).toMatchObject({ errors: [], warnings: [] });
    for (const block of plans) expect(read(block, "yaml", context), block).toMatchObject({ errors: [], warnings: [] });
  });
});
