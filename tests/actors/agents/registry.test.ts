/** The registry is the one place where kinds of agents are listed, and it costs nothing to read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADAPTERS, adapterOf, listAdapters } from "../../../src/actors/agents/registry.ts";
import { AGENT_KINDS, KIND_RULES } from "../../../src/plan/agent-kinds.ts";
import { listImported, ROOT } from "../../helpers/compile-src.ts";

const FOLDER = "src/actors/agents";

describe("the registry of agents", () => {
  it("has an adapter for each kind that plans know, each in a folder of its own", () => {
    expect(Object.keys(ADAPTERS)).toEqual(AGENT_KINDS);
    for (const kind of AGENT_KINDS) expect(adapterOf(kind).kind).toBe(kind);
    const folders = readdirSync(join(ROOT, FOLDER), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual([...AGENT_KINDS].sort());
  });

  it("names a program only for kinds that plans know without an entry: a goal may choose it by its name", () => {
    const withProgram = listAdapters().filter(({ program }) => program !== null);
    expect(withProgram.length).toBeGreaterThan(0);
    for (const { kind } of withProgram)
      expect(KIND_RULES[kind], kind).toMatchObject({ isBuiltin: true, required: null });
  });

  it("loads no agent but the command, no SDK and no git before one starts", () => {
    const loaded = listImported(`${FOLDER}/registry.ts`);
    expect(loaded).toContain(`${FOLDER}/claude/adapter.ts`);
    expect(loaded.filter((file) => /-agent\.ts$|\/git\/|\/probe-/.test(file))).toEqual([
      `${FOLDER}/command/command-agent.ts`,
    ]);
  });

  it("is asked instead of the name of a kind", () => {
    const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.tsx?$/.test(file),
    );
    const asks = new RegExp(`\\bkind\\b.{0,9}[!=]== "(${AGENT_KINDS.join("|")})"|case "(${AGENT_KINDS.join("|")})":`);
    expect(asks.test('if (agent.kind === "codex")')).toBe(true);
    expect(files.filter((file) => asks.test(readFileSync(join(ROOT, "src", file), "utf8")))).toEqual([]);
  });
});
