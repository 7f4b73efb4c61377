/** `init --claude`: the commands for Claude Code that it lays down, and what it leaves alone. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pleach, readDocument, readError } from "./program.ts";
import { fingerprint, makeFolder, makeRepository, writeFiles } from "./repositories.ts";

const NAMES = [
  "ce-exec",
  "ce-parallel-build",
  "ce-parallel-plan",
  "ce-parallel-review",
  "ce-parallel-run",
  "ce-parallel-status",
  "ce-plan",
  "ce-pr",
  "ce-review",
];
const COMMANDS = NAMES.map((name) => `.claude/commands/${name}.md`);
const PLUGIN = [
  ".claude-plugin/plugin.json",
  "README.md",
  "commands/decide.md",
  ...["hooks/hook.mjs", "hooks/hook.sh", "hooks/hooks.json"],
  ...["skills/gates/SKILL.md", "skills/split/SKILL.md", "skills/status/SKILL.md"],
].map((name) => `.claude/skills/pleach/${name}`);
const PATHS = [...COMMANDS, ...PLUGIN];

describe("init --claude", () => {
  it("lays the commands down beside the rest, and the second time changes nothing", async () => {
    const root = makeRepository({});
    const first = readDocument("init", await pleach(root, "init", "--claude", "--json"));
    expect(first).toMatchObject({
      created: ["pleach.yaml", ".pleach/config.schema.json", ".gitignore", "vault/", ...PATHS],
      kept: [],
    });
    const before = fingerprint(root);
    const again = readDocument("init", await pleach(root, "init", "--claude", "--json"));
    expect(again).toMatchObject({ created: [], changed: [], kept: ["pleach.yaml", ".gitignore", "vault/", ...PATHS] });
    expect(fingerprint(root)).toEqual(before);
  });

  it("says what it created, and what to do next", async () => {
    const said = await pleach(makeRepository({}), "init", "--claude");
    for (const path of PATHS) expect(said.stdout).toContain(`created ${path}\n`);
    expect(said.stdout).toMatch(
      /^next: git add \.claude\/.* && git commit -m "Set up pleach", then in Claude Code, \/ce-parallel-run/m,
    );
    expect((await pleach(makeFolder(), "init", "--help")).stdout).toContain("--claude");
  });

  it("lays none down without being asked", async () => {
    const root = makeRepository({});
    await pleach(root, "init");
    expect(existsSync(join(root, ".claude"))).toBe(false);
  });

  it("keeps a command that is there already, be it a file or a link, and all other files", async () => {
    const root = makeRepository({ ".claude/commands/ce-pr.md": "mine\n", ".claude/settings.json": "{}" });
    const outside = join(root, "../outside.md");
    symlinkSync(outside, join(root, ".claude/commands/ce-plan.md"));
    expect(readDocument("init", await pleach(root, "init", "--claude", "--json"))).toMatchObject({
      kept: [".claude/commands/ce-plan.md", ".claude/commands/ce-pr.md"],
    });
    expect(readFileSync(join(root, ".claude/commands/ce-pr.md"), "utf8")).toBe("mine\n");
    expect(readFileSync(join(root, ".claude/settings.json"), "utf8")).toBe("{}");
    expect(existsSync(outside)).toBe(false);
    expect(existsSync(join(root, ".claude/commands/ce-exec.md"))).toBe(true);
  });

  it("keeps what a person changed of the plugin, and leaves a skill of that name alone", async () => {
    const [changed, mine] = [".claude/skills/pleach/hooks/hooks.json", ".claude/skills/pleach/SKILL.md"];
    const root = makeRepository({ [changed]: "{}", ".claude/skills/pleach/.claude-plugin/plugin.json": "{}" });
    const { kept, created } = readDocument("init", await pleach(root, "init", "--claude", "--json"));
    expect(kept).toEqual([".claude/skills/pleach/.claude-plugin/plugin.json", changed]);
    expect(created).toEqual(expect.arrayContaining([".claude/skills/pleach/hooks/hook.sh"]));
    expect(readFileSync(join(root, changed), "utf8")).toBe("{}");
    const other = makeRepository({ [mine]: "mine\n" });
    expect(readDocument("init", await pleach(other, "init", "--claude", "--json"))).toMatchObject({
      kept: [".claude/skills/pleach/"],
    });
    expect(readdirSync(join(other, ".claude/skills/pleach"))).toEqual(["SKILL.md"]);
  });

  it.each([".claude", ".claude/commands", ".claude/skills", ".claude/skills/pleach/hooks"])(
    "changes nothing when %s leads elsewhere or is no folder",
    async (folder) => {
      const elsewhere = makeFolder("elsewhere");
      const own = folder.includes("hooks") ? { ".claude/skills/pleach/.claude-plugin/plugin.json": "{}" } : {};
      const linked = makeRepository(own);
      mkdirSync(join(linked, folder, ".."), { recursive: true });
      symlinkSync(elsewhere, join(linked, folder));
      const { error } = readError(await pleach(linked, "init", "--claude", "--json"), 2);
      expect(error).toMatchObject({ code: "usage.noFolder", file: join(linked, folder) });
      expect(readdirSync(elsewhere)).toEqual([]);
      expect(existsSync(join(linked, "pleach.yaml"))).toBe(false);
      const blocked = makeRepository(own);
      writeFiles(blocked, { [folder]: "a file" });
      expect(readError(await pleach(blocked, "init", "--claude", "--json"), 2).error.code).toBe("usage.noFolder");
    },
  );
});
