/** The page of troubles, where there was a run. */
import { execFileSync } from "node:child_process";
import { CLI, programEnv } from "../../helpers/program.ts";
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

const plan = { goal: "g", tasks: [{ id: "a", run: "echo a > a.txt", scope: ["a.txt"] }] };

followPage("docs/troubleshooting.md", {
  repository: { ...SHOP, "plan.json": JSON.stringify(plan) },
  before: (folder) => {
    execFileSync(process.execPath, [CLI, "run", "plan.json", "--no-learn"], {
      cwd: folder,
      env: programEnv(),
      stdio: "ignore",
    });
  },
});
