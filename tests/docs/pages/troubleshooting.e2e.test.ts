/** The page of troubles, where a run had some. */
import { spawnSync } from "node:child_process";
import { CLI, programEnv } from "../../helpers/program.ts";
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

const plan = {
  goal: "g",
  gates: { test: "test -e b.txt" },
  tasks: [{ id: "greet", run: "echo a > a.txt", scope: ["a.txt"], gates: ["test"] }],
};

followPage("docs/troubleshooting.md", {
  repository: { ...SHOP, "plan.json": JSON.stringify(plan) },
  before: (folder) => {
    const ended = spawnSync(process.execPath, [CLI, "run", "plan.json", "--no-learn"], {
      cwd: folder,
      env: programEnv(),
    });
    if (ended.status !== 1) throw new Error(String(ended.stderr));
  },
});
