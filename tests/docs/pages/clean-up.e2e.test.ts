/** The guide on clean-up, after a run that was shipped and one that was not. */
import { execFileSync } from "node:child_process";
import { CLI, programEnv } from "../../helpers/program.ts";
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

const plan = (file: string): string =>
  JSON.stringify({ goal: "g", tasks: [{ id: "a", run: `echo a > ${file}`, scope: [file] }] });

followPage("docs/guides/clean-up.md", {
  repository: { ...SHOP, "one.json": plan("one.txt"), "two.json": plan("two.txt") },
  before: (folder) => {
    for (const args of [["run", "one.json", "--no-learn"], ["ship"], ["run", "two.json", "--no-learn"]]) {
      execFileSync(process.execPath, [CLI, ...args], { cwd: folder, env: programEnv(), stdio: "ignore" });
    }
  },
});
