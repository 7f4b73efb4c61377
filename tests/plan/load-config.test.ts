import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/plan/load-config.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { makeContext, places, readValid } from "./read-text.ts";

let root = "";
beforeEach(() => {
  root = makeTempFolder("config", "test");
});

const EMPTY = { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } };

const NOTHING = { config: EMPTY, powers: [], errors: [], warnings: [] };

describe("pleach.yaml", () => {
  it("need not be there, and may be empty", async () => {
    expect(await loadConfig(root)).toEqual({ ...NOTHING, text: null });
    writeFileSync(join(root, "pleach.yaml"), "# nothing yet\n");
    expect(await loadConfig(root)).toEqual({ ...NOTHING, text: "# nothing yet\n" });
  });

  it("holds defaults of plans, agents, vaults and how worktrees are prepared", () => {
    const text = `
concurrency: 8
agent: me
budget: {usd: 3}
resources: {db: 1}
gates: {test: npm test}
streams: {builders: {agent: me}}
agents:
  claude: {model: big, timeout: 1h, inactivity: 5m, price: {input: 3, output: 15, cached: 0.3}, home: run, concurrency: 2, onLimit: stop, longestWait: 8h}
  me: {kind: command, command: ./me, args: [--x, ""], env: {A: "1"}, pass: [HTTP_PROXY], sandbox: docker, git: open, window: 32000}
vault: notes
vaults: [../team]
worktree: {path: trees, setup: npm ci, teardown: "true", copy: [.env], link: node_modules, env: {CI: "1"}, pass: [NPM_TOKEN]}
`;
    expect(parseConfig(text, "pleach.yaml")).toMatchObject({
      config: {
        defaults: {
          concurrency: 8,
          budget: { mode: "soft", usd: 3 },
          resources: { db: 1 },
          gates: [{ name: "test", run: "npm test", required: true, at: ["task", "merge"], timeoutMs: 600_000 }],
          streams: [{ name: "builders", concurrency: 1000, agent: "me", restart: "transient" }],
          agents: [
            {
              name: "claude",
              kind: "claude",
              model: "big",
              timeoutMs: 3_600_000,
              inactivityMs: 300_000,
              price: { input: 3, output: 15, cached: 0.3 },
              home: "run",
              concurrency: 2,
              onLimit: "stop",
              longestWaitMs: 28_800_000,
            },
            {
              name: "me",
              kind: "command",
              command: "./me",
              args: ["--x", ""],
              env: { A: "1" },
              pass: ["HTTP_PROXY"],
              sandbox: "docker",
              git: "open",
              window: 32_000,
            },
          ],
        },
        agent: "me",
        vault: "notes",
        vaults: ["../team"],
        worktree: {
          path: "trees",
          setup: "npm ci",
          teardown: "true",
          copy: [".env"],
          link: ["node_modules"],
          env: { CI: "1" },
          pass: ["NPM_TOKEN"],
        },
      },
      errors: [],
      warnings: [],
    });
  });

  it("names every mistake with its file and line at once", async () => {
    const text = `concurency: 2
goal: no
agent: nobody
vault: notes\\x
agents:
  a: {kind: acp}
  b: {comand: x}
  c: {kind: command, command: x, env: {"A B": "1"}, pass: [-x]}
  d: {kind: claude, price: {input: 1}}
worktree: {copy: [/etc/passwd], setup: 5}
gates: {t: [x]}
`;
    writeFileSync(join(root, "pleach.yaml"), text);
    const { errors } = await loadConfig(root);
    expect(places(errors)).toEqual([
      "plan.unknownKey@1",
      "plan.unknownKey@2",
      "plan.unknownAgent@3",
      "plan.badScope@4",
      "plan.badValue@6",
      "plan.unknownKey@7",
      "plan.badValue@7",
      "plan.badValue@8",
      "plan.badValue@8",
      "plan.badValue@9",
      "plan.badScope@10",
      "plan.badValue@10",
      "plan.badValue@11",
    ]);
    expect(new Set(errors.map(({ file }) => file))).toEqual(new Set([join(root, "pleach.yaml")]));
  });

  it("is overridden by the plan, key by key and name by name", () => {
    const context = makeContext(
      "concurrency: 8\nbudget: {usd: 3, tokens: 9}\ngates: {test: a, lint: b}\nresources: {db: 1, gpu: 1}\nstreams: {builders: {concurrency: 6}, qa: {}}\n",
    );
    const plan = readValid(
      "goal: g\nconcurrency: 5\nbudget: {usd: 1}\ngates: {test: c}\nresources: {db: 4}\ntasks: [{id: t, run: x}]\n",
      "yaml",
      context,
    );
    expect(plan).toMatchObject({
      concurrency: 5,
      budget: { usd: 1, tokens: 9, mode: "soft" },
      resources: { db: 4, gpu: 1 },
    });
    expect(plan.gates.map(({ name, run }) => [name, run])).toEqual([
      ["test", "c"],
      ["lint", "b"],
    ]);
    expect(plan.streams.map(({ name, concurrency }) => [name, concurrency])).toEqual([
      ["builders", 5],
      ["qa", 5],
    ]);
    const wider = readValid("tasks: [{id: t, run: x}]\n", "yaml", { ...context, ...{ concurrency: 3 } });
    expect(wider.concurrency).toBe(3);
  });
});
