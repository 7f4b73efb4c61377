/** The person's own configuration: what is read, and what is said of what cannot be. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadOwnConfig } from "../../src/plan/load-config.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

async function load(text: string | null) {
  const folder = join(makeTempFolder("own", "test"), "pleach");
  if (text !== null) {
    mkdirSync(folder);
    writeFileSync(join(folder, "config.yaml"), text);
  }
  return loadOwnConfig({ folder, home: "/home/me" });
}

describe("the person's own configuration", () => {
  it.each([null, "", "# nothing yet\n"])("need not be there, or say anything (%j)", async (text) => {
    expect(await load(text)).toEqual({ config: {}, errors: [], warnings: [] });
  });

  it("names the folder of worktrees, absolute or below the home", async () => {
    expect((await load("worktrees: /fast/trees\n")).config).toEqual({ worktrees: "/fast/trees" });
    expect((await load("worktrees: ~/trees\n")).config).toEqual({ worktrees: "/home/me/trees" });
    expect((await load("worktrees: '~'\n")).config).toEqual({ worktrees: "/home/me" });
  });

  it.each(["trees", "../trees", "~other/trees", "[a]", "''"])(
    "refuses worktrees: %s, with its line",
    async (written) => {
      const { config, errors } = await load(`# mine\nworktrees: ${written}\n`);
      expect(config).toEqual({});
      expect(errors).toEqual([expect.objectContaining({ line: 2, file: expect.stringMatching(/config\.yaml$/) })]);
    },
  );

  it("only warns of keys that another version may know", async () => {
    const { config, errors, warnings } = await load("worktrees: /t\nui: { theme: dark }\nvaul: x\n");
    expect({ config, errors }).toEqual({ config: { worktrees: "/t" }, errors: [] });
    expect(warnings).toEqual([
      expect.objectContaining({ code: "plan.ignoredKey", line: 2, message: "`ui` is not used yet" }),
      expect.objectContaining({
        code: "plan.unknownKey",
        line: 3,
        hint: expect.stringContaining('Did you mean "vault"'),
      }),
    ]);
  });

  it("names vaults, agents, and the agent of tasks that name none", async () => {
    const { config, errors } = await load(
      "vault: ~/notes\nvaults: [/team, ~/more]\nagents: {mine: {kind: command, command: mine}}\nagent: mine\n",
    );
    expect(errors).toEqual([]);
    expect(config).toEqual({
      vault: "/home/me/notes",
      vaults: ["/team", "/home/me/more"],
      agents: [{ name: "mine", kind: "command", command: "mine" }],
      agent: "mine",
    });
  });

  it("says how the person is told, of everything or of some of it", async () => {
    const { config, errors } = await load(
      "notify:\n  - run: curl -d x y\n  - { when: [needsYou, failed], desktop: true }\n",
    );
    expect(errors).toEqual([]);
    expect(config.notify).toEqual([
      { when: ["needsYou", "finished", "failed", "limited", "stuck", "spent"], run: "curl -d x y" },
      { when: ["needsYou", "failed"], desktop: true },
    ]);
    expect((await load("notify: { when: finished, run: 'true' }\n")).config.notify).toEqual([
      { when: ["finished"], run: "true" },
    ]);
  });

  it.each([
    ["{ when: [finished] }", "says neither `run` nor `desktop`"],
    ["{ run: a, desktop: true }", "says both `run` and `desktop`"],
    ["{ desktop: false }", "is false"],
    ["{ run: '' }", "is empty"],
    ["{ when: [needsyou], run: a }", 'is "needsyou"'],
    ["{ when: [], run: a }", "is empty"],
    ["{ run: a, wenn: [failed] }", 'unknown key "wenn"'],
    ["mail", "must be a map"],
  ])("refuses notify: %s", async (written, message) => {
    const { config, errors } = await load(`# mine\nnotify: ${written}\n`);
    expect(errors).toEqual([expect.objectContaining({ line: 2, message: expect.stringContaining(message) })]);
    expect(config.notify ?? []).toEqual([]);
  });

  it("is refused an agent that nobody has in every repository", async () => {
    const { errors } = await load("agent: somebody\n");
    expect(errors).toEqual([expect.objectContaining({ code: "plan.unknownAgent", line: 1 })]);
  });
});
