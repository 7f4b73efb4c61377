/** The page on agents names every program that needs no entry, as the program itself knows it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ACP_PROGRAMS } from "../../src/agent-programs.ts";
import { ROOT } from "../helpers/compile-src.ts";

const PAGE = readFileSync(join(ROOT, "docs/agents.md"), "utf8");
const lineOf = (agent: string): string => PAGE.split("\n").find((line) => line.startsWith(`| \`${agent}\` |`)) ?? "";

describe("docs/agents.md", () => {
  it.each(ACP_PROGRAMS.filter(({ isTried }) => isTried))(
    "tells where $agent comes from",
    ({ agent, title, install }) => {
      expect(lineOf(agent)).toContain(title);
      expect(lineOf(agent)).toContain(`\`${install}\``);
    },
  );

  it("names those that were not tried apart", () => {
    const untried = ACP_PROGRAMS.filter(({ isTried }) => !isTried).map(({ agent }) => agent);
    const [said = ""] = /^So do [\s\S]*?not tried with pleach/m.exec(PAGE) ?? [];
    expect(untried.filter((agent) => !said.includes(`\`${agent}\``))).toEqual([]);
    expect(untried.filter((agent) => lineOf(agent) !== "")).toEqual([]);
  });
});
