/** Histories in which no work may be lost, of some fixed seeds, and the oracle that would notice it; more: `npm run soak -- --work`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { git, makeRepository } from "../helpers/program.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { runWorkHistory } from "./work-history.ts";
import { WorkOracle } from "./work-oracle.ts";

it.each([3, 7, 2000])("keeps all work whatever is done (seed %i)", { timeout: 300_000 }, async (seed) => {
  const { violations, steps } = await runWorkHistory(join(makeTempFolder("work", "test"), "place"), seed, 5);
  expect(violations, steps.join("\n")).toEqual([]);
});

it("notices work that nothing holds, that is not listed, and that somebody threw away by name", () => {
  const root = join(makeTempFolder("oracle", "test"), "repo");
  makeRepository(root, { "a.txt": "a\n" });
  const make = (branch: string): string => {
    git(root, "checkout", "-q", "-b", branch);
    git(root, "commit", "-q", "--allow-empty", "-m", branch);
    git(root, "checkout", "-q", "main");
    return git(root, "rev-parse", branch).trim();
  };
  const [tried, merged] = [make("pleach-tasks/r/t/1"), make("pleach/r")];
  const log = join(root, ".ce-workspace", "r", "log");
  mkdirSync(log, { recursive: true });
  const record = (type: string, commit: string) => `${JSON.stringify({ actor: "task:t", type, data: { commit } })}\n`;
  writeFileSync(join(log, "1.jsonl"), record("work.committed", tried));
  const oracle = new WorkOracle(root);
  oracle.readLogs();
  const [name, other] = [tried.slice(0, 10), merged.slice(0, 10)];
  expect(oracle.judge(new Set([tried]))).toEqual([]);
  expect(oracle.judge(new Set())).toEqual([`recover does not list ${name} of r/t`]);
  git(root, "branch", "-q", "-D", "pleach-tasks/r/t/1");
  expect(oracle.judge(new Set([tried]))).toEqual([`no ref holds ${name} of r/t`]);
  // What was merged of it stands for it.
  writeFileSync(join(log, "2.jsonl"), record("merge.landed", merged));
  writeFileSync(join(log, "1.jsonl"), record("work.committed", tried) + record("merge.landed", merged));
  oracle.readLogs();
  expect(oracle.judge(new Set())).toEqual([`recover does not list ${other} of r/t`]);
  git(root, "branch", "mine", merged);
  expect(oracle.judge(new Set())).toEqual([]);
  // A log that is gone has told of it all the same.
  rmSync(log, { recursive: true });
  git(root, "branch", "-q", "-D", "mine", "pleach/r");
  oracle.readLogs();
  expect(oracle.judge(new Set())).not.toEqual([]);
  oracle.throwAway([tried]);
  expect(oracle.judge(new Set())).toEqual([]);
});
