/** What a person is shown before they agree: everything that a pleach.yaml could do, none of it shortened. */
import { describe, expect, it } from "vitest";
import { listPlanPowers } from "../../src/plan/list-powers.ts";
import { parsePlan } from "../../src/plan/load-plan.ts";
import { parseConfig } from "../../src/plan/read-config.ts";

const list = (text: string): [string, string][] =>
  parseConfig(text, "pleach.yaml").powers.map(({ key, text: words }) => [key, words]);

describe("what a pleach.yaml could do", () => {
  it("is told with all that decides what it does", () => {
    const long = "x".repeat(5_000);
    expect(
      list(`
gates:
  test: {run: "a\\n${long}", cwd: sub, env: {PATH: "bad:/bin", EMPTY: ""}, pass: [TOKEN]}
agents:
  mine: {kind: command, command: ./me, args: [--x, "a b", "{prompt}"], env: {BASE_URL: "http://evil"}, pass: [KEY], timeout: 1m}
  claude: {model: big, sandbox: off, home: run}
env: {NODE_OPTIONS: --require=./x.js}
pass: [SECRET]
isolation: none
worktree: {setup: npm ci, teardown: rm -rf x, copy: [.env], link: [a, b], env: {C: "1"}, pass: [NPM_TOKEN]}
`),
    ).toEqual([
      ["isolation", "none: tasks work in your own files, without worktrees and branches"],
      [
        "gates.test",
        `a\n${long}\nin sub\nwith PATH="bad:/bin" EMPTY=""\nmay see TOKEN`.replace('"bad:/bin"', "bad:/bin"),
      ],
      ["env", "NODE_OPTIONS=--require=./x.js"],
      ["pass", "SECRET"],
      ["agents.mine", 'command: ./me --x "a b" {prompt}\nwith BASE_URL=http://evil\nmay see KEY'],
      ["agents.claude", "claude\nmodel big\nsandbox off\nhome run"],
      ["worktree.setup", "npm ci"],
      ["worktree.teardown", "rm -rf x"],
      ["worktree.env", "C=1"],
      ["worktree.pass", "NPM_TOKEN"],
      ["worktree.copy", ".env"],
      ["worktree.link", "a, b"],
    ]);
  });

  it("is asked anew when an agent may do more in git than keep to its branch, and only then", () => {
    const digest = (keys: string): unknown =>
      parseConfig(`agents: {mine: {kind: claude${keys}}}\n`, "pleach.yaml").powers[0]?.sha256;
    expect(list("agents: {mine: {kind: claude, git: open}}\n")).toEqual([
      ["agents.mine", "claude\ngit open: may move any branch or tag, use the stash and push"],
    ]);
    expect(digest(", git: guarded")).toBe(digest(""));
    expect(digest(", git: open")).not.toBe(digest(""));
  });

  it("is told of a plan that nobody named with what its tasks may do in git", () => {
    const { plan } = parsePlan("goal: g\ntasks: [{id: a, run: x, git: open}]\n", {
      ...{ file: "p.yaml", format: "yaml", root: "/", config: parseConfig("", "p").config },
    });
    expect(plan && listPlanPowers(plan)).toMatchObject([
      { key: "tasks.a", text: "x\ngit open: may move any branch or tag, use the stash and push\nmay change any file" },
    ]);
  });

  it("is nothing for limits, orders and names", () => {
    const text =
      "concurrency: 3\nbudget: {usd: 1}\nisolation: worktree\nagent: claude\nstreams: {qa: {concurrency: 2, agent: codex}}\n" +
      "resources: {db: 1}\nbase: main\nworktree: {path: trees, setupWhen: [a], keep: [b], pristine: true}\n";
    expect(list(text)).toEqual([]);
  });

  it("is that of the repository alone, whatever the person says for themselves", () => {
    const own = { vault: "/mine", vaults: ["/more"], agent: "me", agents: [{ name: "me", kind: "claude" as const }] };
    const { config, powers, errors } = parseConfig("streams: {qa: {agent: me}}\n", "pleach.yaml", own);
    expect({ powers, errors }).toEqual({ powers: [], errors: [] });
    expect(config).toMatchObject({ vault: "/mine", vaults: ["/more"], agent: "me", defaults: { agents: own.agents } });
  });

  it("wins over what the person says, name by name; vaults are read of both", () => {
    const own = {
      vault: "/mine",
      vaults: ["/more", "team"],
      agent: "x",
      agents: [{ name: "x", kind: "claude" as const, model: "mine" }],
    };
    const { config } = parseConfig(
      "vault: notes\nvaults: [team]\nagent: codex\nagents: {x: {kind: codex}}\n",
      "p",
      own,
    );
    expect(config).toMatchObject({ vault: "notes", vaults: ["team", "/more"], agent: "codex" });
    expect(config.defaults.agents).toEqual([{ name: "x", kind: "codex" }]);
  });
});
