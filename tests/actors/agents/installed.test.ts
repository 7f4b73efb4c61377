/** Coding agents are found where a shell would find them, and nowhere else. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findInstalledAgents, findOnPath, listPreferred } from "../../../src/actors/agents/installed.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const root = makeTempFolder("installed", "file");

function folder(name: string, programs: readonly string[], mode = 0o755): string {
  mkdirSync(join(root, name), { recursive: true });
  for (const program of programs) {
    writeFileSync(join(root, name, program), "#!/bin/sh\nexit 99\n");
    chmodSync(join(root, name, program), mode);
  }
  return join(root, name);
}

const find = (...folders: string[]) =>
  findInstalledAgents(folders.join(delimiter)).map(({ spec, files }) => [spec.name, ...files]);

describe("installed agents", () => {
  const both = folder("both", ["claude", "codex", "other"]);
  const codex = folder("codex only", ["codex"]);

  it("are those on the PATH, claude before codex, each with all its programs, the first that a shell finds before others", () => {
    expect(find(codex, both)).toEqual([
      ["claude", join(both, "claude")],
      ["codex", join(codex, "codex"), join(both, "codex")],
    ]);
    expect(find(codex)).toEqual([["codex", join(codex, "codex")]]);
  });

  it("are all whose programs are known, under the name of the agent", () => {
    const many = folder("many", ["vibe-acp", "copilot", "gemini", "claude", "claude-agent-acp", "codex-acp", "aider"]);
    expect(find(many).map(([name]) => name)).toEqual([
      ...["claude", "gemini", "copilot", "claude-agent-acp", "codex-acp", "vibe"],
    ]);
  });

  it("are preferred when they were tried, and are no second way to one that is there", () => {
    const many = folder("preferred", ["vibe-acp", "gemini", "claude", "claude-agent-acp", "codex-acp"]);
    expect(listPreferred(findInstalledAgents(many))).toEqual(["claude", "gemini", "codex-acp"]);
    expect(listPreferred(findInstalledAgents(folder("untried", ["goose"])))).toEqual([]);
  });

  it("count once where a file is linked twice, and are where an absolute path says", () => {
    mkdirSync(join(root, "twice"));
    symlinkSync(join(both, "claude"), join(root, "twice", "claude"));
    expect(find(join(root, "twice"), both)[0]).toEqual(["claude", join(root, "twice", "claude")]);
    expect(findOnPath(join(both, "other"), "/nowhere")).toEqual([join(both, "other")]);
    expect(findOnPath("./other", both)).toEqual([]);
    expect(findOnPath(null, both)).toEqual([]);
  });

  it("may be links to programs", () => {
    mkdirSync(join(root, "links"));
    symlinkSync(join(both, "claude"), join(root, "links", "claude"));
    symlinkSync(join(root, "nowhere"), join(root, "links", "codex"));
    expect(find(join(root, "links"))).toEqual([["claude", join(root, "links", "claude")]]);
  });

  it("are neither folders nor files that cannot be executed", () => {
    mkdirSync(join(root, "odd", "claude"), { recursive: true });
    expect(find(folder("odd", ["codex"], 0o644))).toEqual([]);
  });

  it("are not looked for in the current folder, nor where there is no PATH", () => {
    const here = process.cwd();
    process.chdir(both);
    try {
      expect(find("", ".", "nowhere")).toEqual([]);
    } finally {
      process.chdir(here);
    }
    expect(findInstalledAgents(undefined)).toEqual([]);
    expect(find(join(root, "missing"))).toEqual([]);
  });
});
