/** What shells complete, asked of a real bash, and of the others' scripts. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SHELLS, writeCompletion } from "../../src/cli/completion.ts";

const COMMANDS = [
  {
    path: [],
    description: "",
    commands: ["run", "plan", "status"],
    options: [{ name: "--help", description: "it's help" }],
    takesRun: false,
  },
  {
    path: ["run"],
    description: "carry out",
    commands: [],
    options: [{ name: "--json", description: "JSON" }],
    takesRun: false,
  },
  { path: ["plan"], description: "look", commands: ["check"], options: [], takesRun: false },
  {
    path: ["plan", "check"],
    description: "dry run",
    commands: [],
    options: [{ name: "--vault", description: "" }],
    takesRun: false,
  },
  {
    path: ["status"],
    description: "how it stands",
    commands: [],
    options: [{ name: "--json", description: "" }],
    takesRun: true,
  },
];

const folder = mkdtempSync(join(tmpdir(), "pleach-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ["20260824-a", "$(touch owned)", "`touch owned`", "a b"]) {
  mkdirSync(join(folder, ".ce-workspace", name), { recursive: true });
}

/** What bash offers after these words; the last one is begun. */
function complete(...words: string[]): string[] {
  const script = `${writeCompletion("bash", COMMANDS)}
COMP_WORDS=(pleach "$@"); COMP_CWORD=$#; _pleach; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync("bash", ["-c", script, "bash", ...words], { cwd: folder, encoding: "utf8" });
  return said.split("\n").filter((word) => word !== "");
}

const HAS_BASH = spawnSync("bash", ["-c", ":"]).status === 0;

describe("completion in bash", () => {
  it.runIf(HAS_BASH)("offers commands, their commands and their options", () => {
    expect(complete("")).toEqual(["run", "plan", "status", "--help"]);
    expect(complete("pl")).toEqual(["plan"]);
    expect(complete("plan", "")).toEqual(["check"]);
    expect(complete("plan", "check", "--")).toEqual(["--vault"]);
    expect(complete("run", "plan.md", "--")).toEqual(["--json"]);
  });

  it.runIf(HAS_BASH)("offers ids of runs, and lets no name of a folder be run", () => {
    expect(complete("status", "")).toEqual(["--json", "20260824-a"]);
    expect(spawnSync("ls", [folder], { encoding: "utf8" }).stdout).not.toContain("owned");
  });
});

it.each(SHELLS)("%s has a script that knows every command", (shell) => {
  const script = writeCompletion(shell, COMMANDS);
  for (const word of ["run", "plan", "check", "status", "json"]) expect(script).toContain(word);
});

it("fish is told descriptions as text", () => {
  expect(writeCompletion("fish", COMMANDS)).toContain("-l help -d 'it\\'s help'");
});
