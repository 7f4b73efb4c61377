/**
 * The layer table as it is checked: the rules pass on the real sources, having read all of them, and each turns red for
 * an import planted against it. A checker that reads nothing, or a rule that matches nothing, fails here.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { ROOMS }: { ROOMS: Record<string, string[]> } = createRequire(import.meta.url)("../../.dependency-cruiser.cjs");

interface Report {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  modules: { source: string }[];
}

/** Runs the check as `npm run depcruise` does, on the folder `src` of `root`; only `err` sets an exit code. */
function runCheck(root: string, outputType: "err" | "json") {
  const bin = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [bin, "src", "--config", join(ROOT, ".dependency-cruiser.cjs"), "--output-type", outputType];
  return spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}

function cruise(root: string): Report {
  return JSON.parse(runCheck(root, "json").stdout);
}

/** One violation as `rule: from -> to`, with packages shortened to their names. */
function describeViolations(report: Report): string[] {
  return report.summary.violations.map(
    ({ rule, from, to }) =>
      `${rule.name}: ${from} -> ${to.replace(/^.*node_modules\/((?:@[^/]+\/)?[^/]+)\/.*$/, "$1")}`,
  );
}

/** A small tree that keeps every rule: each module is imported by one that may. */
const KEPT: Record<string, string> = {
  "src/errors.ts": "export const e = 1;",
  "src/package-file.ts": 'import "node:path"; export const f = 1;',
  "src/agent-programs.ts": "export const p = 1;",
  "src/arguments/nearest.ts": 'import "../errors.ts"; export const n = 1;',
  "src/dag/dag.ts": "export const d = 1;",
  "src/terminal-text/sanitize.ts": "export const s = 1;",
  "src/safe-files/read.ts": 'import "node:fs"; import "../errors.ts"; export const f = 1;',
  "src/plan/model.ts": 'import "../errors.ts"; export const m = 1;',
  "src/plan/parse.ts":
    'import "yaml"; import "unified"; import "node:path"; import "./model.ts"; import "../dag/dag.ts"; import "../arguments/nearest.ts"; import "../agent-programs.ts";',
  "src/machines/task/task.ts":
    'import "xstate"; import type { m } from "../../plan/model.ts"; export const t = 1 as m;',
  "src/actors/log/port.ts": 'import "node:fs/promises"; import "../../errors.ts"; export const l = 1;',
  "src/actors/log/file-log.ts": 'import type { l } from "./port.ts"; export type F = l;',
  "src/actors/control/local-engine.ts": 'import "../log/file-log.ts"; export const engine = 1;',
  "src/protocol/client.ts": 'import type { m } from "../plan/model.ts"; export type C = m;',
  "src/actors/git/merge.ts": 'import "node:child_process"; import "../log/port.ts"; import "../../protocol/client.ts";',
  "src/actors/runtime/runtime.ts":
    'import "../git/merge.ts"; import "../../machines/task/task.ts"; import "../../vault/index.ts";',
  "src/vault/index.ts":
    'import "./learn/learn.ts"; import "lunr"; import type { Root } from "mdast"; export type R = Root;',
  "src/vault/learn/learn.ts":
    'import "node:fs"; import "chokidar"; import "../../safe-files/read.ts"; import "../../package-file.ts";',
  "src/tui/app.tsx":
    'import "ink"; import "react"; import "../terminal-text/sanitize.ts"; import type { C } from "../protocol/client.ts"; export type A = C;',
  "src/setup/propose.ts":
    'import "yaml"; import "smol-toml"; import type { m } from "../plan/model.ts"; export type P = m;',
  "src/cli.ts":
    'import "./setup/propose.ts"; import "./actors/control/local-engine.ts"; import "./actors/runtime/runtime.ts"; import "./tui/app.tsx"; import "./plan/parse.ts"; import "commander"; import "./actors/process/local-executor.ts";',
  "src/actors/process/local-executor.ts": 'import "node:child_process"; export const x = 1;',
};

/** Hands `look` a folder that holds the small tree, with these files added to it. */
function plant<T>(planted: Record<string, string>, look: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "pleach-layers-"));
  try {
    for (const [file, content] of Object.entries({ ...KEPT, ...planted })) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    return look(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the layer table", () => {
  it("holds for the sources, every one of which was read", () => {
    const report = cruise(ROOT);
    expect(describeViolations(report)).toEqual([]);
    const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.tsx?$/.test(file),
    );
    const read = new Set(report.modules.map(({ source }) => source));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !read.has(`src/${file}`))).toEqual([]);
  });

  it("lets through what it allows", () => {
    const report = plant({}, cruise);
    expect(describeViolations(report)).toEqual([]);
    expect(report.modules.filter(({ source }) => source.startsWith("src/")).length).toBe(Object.keys(KEPT).length);
  });

  it.each([
    ["a machine that reads files", "src/machines/task/task.ts", 'import "node:fs";', "layer-machines-node", "fs"],
    ["a machine that draws", "src/machines/task/task.ts", 'import "ink";', "layer-machines", "ink"],
    [
      "a machine that knows the runtime, if only by a type",
      "src/machines/task/task.ts",
      'import type { l } from "../../actors/log/port.ts"; export type D = l;',
      "layer-machines",
      "src/actors/log/port.ts",
    ],
    [
      "a protocol that knows the machines",
      "src/protocol/client.ts",
      'import type { t } from "../machines/task/task.ts"; export type T = t;',
      "layer-protocol",
      "src/machines/task/task.ts",
    ],
    [
      "a graph that knows tasks, if only by a type",
      "src/dag/dag.ts",
      'import type { m } from "../plan/model.ts"; export type M = m;',
      "layer-dag",
      "src/plan/model.ts",
    ],
    [
      "a list of programs that knows plans, if only by a type",
      "src/agent-programs.ts",
      'import type { m } from "./plan/model.ts"; export type M = m;',
      "layer-agent-programs",
      "src/plan/model.ts",
    ],
    [
      "a sanitiser that knows a room",
      "src/terminal-text/sanitize.ts",
      'import "../errors.ts";',
      "layer-terminal-text",
      "src/errors.ts",
    ],
    [
      "a sanitiser that prints",
      "src/terminal-text/sanitize.ts",
      'import "node:process";',
      "layer-terminal-text-node",
      "process",
    ],
    [
      "safe files that know a room",
      "src/safe-files/read.ts",
      'import "../plan/model.ts";',
      "layer-safe-files",
      "src/plan/model.ts",
    ],
    [
      "safe files that start programs",
      "src/safe-files/read.ts",
      'import "node:child_process";',
      "layer-safe-files-node",
      "child_process",
    ],
    ["a graph that reads files", "src/dag/dag.ts", 'import "node:fs";', "layer-dag-node", "fs"],
    [
      "a log that knows events",
      "src/actors/log/port.ts",
      'import "../../machines/task/task.ts";',
      "layer-log",
      "src/machines/task/task.ts",
    ],
    ["a log that uses a package", "src/actors/log/port.ts", 'import "yaml";', "layer-log", "yaml"],
    [
      "an actor that reaches behind the vault's barrel",
      "src/actors/runtime/runtime.ts",
      'import "../../vault/learn/learn.ts";',
      "layer-actors",
      "src/vault/learn/learn.ts",
    ],
    ["a proposal that reads files by itself", "src/setup/propose.ts", 'import "node:fs";', "layer-setup-node", "fs"],
    [
      "a proposal that knows git",
      "src/setup/propose.ts",
      'import "../actors/git/merge.ts";',
      "layer-setup",
      "src/actors/git/merge.ts",
    ],
    [
      "a plan that starts programs",
      "src/plan/parse.ts",
      'import "node:child_process";',
      "layer-plan-node",
      "child_process",
    ],
    [
      "a vault that knows the runtime",
      "src/vault/learn/learn.ts",
      'import "../../actors/log/port.ts";',
      "layer-vault",
      "src/actors/log/port.ts",
    ],
    [
      "a screen that changes a repository",
      "src/tui/app.tsx",
      'import "../actors/git/merge.ts";',
      "layer-tui",
      "src/actors/git/merge.ts",
    ],
    [
      "a screen that projects by itself, if only by a type",
      "src/tui/app.tsx",
      'import type { l } from "../actors/log/port.ts"; export type P = l;',
      "layer-tui",
      "src/actors/log/port.ts",
    ],
    ["a protocol that reads files", "src/protocol/client.ts", 'import "node:fs";', "layer-protocol-node", "fs"],
    ["a protocol that knows XState", "src/protocol/client.ts", 'import "xstate";', "layer-protocol", "xstate"],
    ["a screen that reads files", "src/tui/app.tsx", 'import "node:fs";', "layer-tui-node", "fs"],
    [
      "a module that loads the SDK of MCP whenever it is loaded",
      "src/actors/runtime/runtime.ts",
      'import "@modelcontextprotocol/sdk/types.js";',
      "lazy-mcp",
      "@modelcontextprotocol/sdk",
    ],
    [
      "an actor that chooses its executor itself",
      "src/actors/runtime/runtime.ts",
      'import "../process/local-executor.ts";',
      "injected-executor",
      "src/actors/process/local-executor.ts",
    ],
    [
      "a command that opens a log in a folder by itself",
      "src/cli.ts",
      'import "./actors/log/file-log.ts";',
      "one-file-log",
      "src/actors/log/file-log.ts",
    ],
    [
      "a leaf that knows more than errors",
      "src/arguments/nearest.ts",
      'import "../dag/dag.ts";',
      "layer-arguments",
      "src/dag/dag.ts",
    ],
    [
      "a leaf that knows anything",
      "src/package-file.ts",
      'import "./errors.ts";',
      "layer-package-file",
      "src/errors.ts",
    ],
    ["a package that is not installed", "src/cli.ts", 'import "left-out";', "no-unresolved", "left-out"],
    ["a package for development", "src/cli.ts", 'import "fast-check";', "no-dev-dependency", "fast-check"],
  ])("turns red for %s", (_what, file, line, rule, to) => {
    const report = plant({ [file]: `${KEPT[file]}\n${line}\n` }, cruise);
    expect(describeViolations(report)).toEqual([`${rule}: ${file} -> ${to}`]);
  });

  it.each(Object.entries(ROOMS))(
    "turns red for each arrow against the order of the rooms of src/%s",
    (folder, rooms) => {
      const file = (room: string): string => `src/${folder}/${room}/planted.ts`;
      const next = (index: number): string => rooms[index + 1] ?? "outside";
      // Whatever the last room must not import stands beside the rooms.
      const planted = Object.fromEntries(
        rooms.map((room, index) => [file(room), `import "../${next(index)}/planted.ts";\n`]),
      );
      const outside = { [file("outside")]: 'import "node:fs";\n' };
      const report = plant({ ...planted, ...outside }, cruise);
      const found = describeViolations(report).filter((text) => text.startsWith("order-"));
      const expected = rooms.map((room, at) => `order-${folder}-${room}: ${file(room)} -> ${file(next(at))}`);
      expect(found.sort()).toEqual([...expected, `order-${folder}-room: ${file("outside")} -> fs`].sort());
    },
  );

  it("makes the command fail for one planted import, and only then", () => {
    const planted = { "src/machines/task/task.ts": 'import "../plan/model.ts"; import "node:fs";' };
    expect(plant(planted, (folder) => runCheck(folder, "err")).status).not.toBe(0);
    expect(plant({}, (folder) => runCheck(folder, "err")).status).toBe(0);
  });

  it("turns red for a cycle, and for a module that nothing knows", () => {
    const planted = {
      "src/vault/learn/learn.ts": 'import "../index.ts";',
      "src/vault/alone.ts": "export const alone = 1;",
    };
    const violations = describeViolations(plant(planted, cruise));
    expect(violations).toContain("no-cycle: src/vault/index.ts -> src/vault/learn/learn.ts");
    expect(violations).toContain("no-orphan: src/vault/alone.ts -> src/vault/alone.ts");
  });
});
