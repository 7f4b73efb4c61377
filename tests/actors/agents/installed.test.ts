/** Coding agents are found where a shell would find them, and nowhere else. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findInstalledAgents } from "../../../src/actors/agents/installed.ts";
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

const find = (...folders: string[]) => findInstalledAgents(folders.join(delimiter));

describe("installed agents", () => {
  const both = folder("both", ["claude", "codex", "other"]);
  const codex = folder("codex only", ["codex"]);

  it("are the first of each name on the PATH, claude before codex", () => {
    expect(find(codex, both)).toEqual([
      { kind: "claude", file: join(both, "claude") },
      { kind: "codex", file: join(codex, "codex") },
    ]);
    expect(find(codex)).toEqual([{ kind: "codex", file: join(codex, "codex") }]);
  });

  it("may be links to programs", () => {
    mkdirSync(join(root, "links"));
    symlinkSync(join(both, "claude"), join(root, "links", "claude"));
    symlinkSync(join(root, "nowhere"), join(root, "links", "codex"));
    expect(find(join(root, "links"))).toEqual([{ kind: "claude", file: join(root, "links", "claude") }]);
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
