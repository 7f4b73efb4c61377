/** Workers that leave their worktree: what they change in the person's checkout, or take from each other, is said of the run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeHostedRun } from "./hosted-run.ts";

const PATIENCE_MS = 60_000;

it.each([
  ["only the index", "git -C ROOT update-index --chmod=+x a.txt", /: a\.txt \(in the index\) \(see git status\)$/],
  ["only a file", "echo more >> ROOT/a.txt", /: a\.txt \(see git status\)$/],
  [
    "HEAD, past what guards it",
    "git rev-parse main > ROOT/.git/HEAD",
    /: HEAD \(from main at [0-9a-f]{12} to detached at [0-9a-f]{12}\) \(see git status\)$/,
  ],
])(
  "says that a worker was there when %s changed in the checkout",
  { timeout: PATIENCE_MS },
  async (_, command, told) => {
    const run = makeHostedRun();
    const script = `${command.replaceAll("ROOT", `"${run.root}"`)} && echo 1 > one.txt`;
    const tasks = [{ id: "stray", run: script }];
    const host = await run.begin(JSON.stringify({ goal: "one file", tasks }));
    const { kind, status } = await host.run();
    expect(kind).toBe("over");
    const text = "your checkout changed while task stray was at work, by yourself or by a task that left its worktree";
    const warnings = status.warnings.filter((each) => each.startsWith(text));
    expect(warnings).toEqual([expect.stringMatching(told)]);
  },
);

it("says nothing of a checkout that workers left alone", { timeout: PATIENCE_MS }, async () => {
  const run = makeHostedRun();
  const tasks = [{ id: "good", run: "echo 2 > a.txt" }];
  const host = await run.begin(JSON.stringify({ goal: "one file", tasks }));
  const { status } = await host.run();
  expect(status.warnings).toEqual([]);
});

it("says whose worktree a worker took away by force, and who was at work", { timeout: PATIENCE_MS }, async () => {
  const run = makeHostedRun();
  const [where, gone] = [join(run.root, ".git/where"), join(run.root, ".git/gone")];
  const wait = (path: string): string => `until test -s "${path}"; do sleep 0.05; done`;
  const tasks = [
    { id: "victim", retries: 0, run: `pwd > "${where}.new"; mv "${where}.new" "${where}"; ${wait(gone)}` },
    {
      id: "thief",
      run: `${wait(where)}; git worktree remove -f -f "$(cat "${where}")"; echo 2 > two.txt; echo 1 > "${gone}"`,
    },
  ];
  const host = await run.begin(JSON.stringify({ goal: "two files", concurrency: 2, tasks }));
  const { status } = await host.run();
  expect(existsSync(gone)).toBe(true);
  const warning = status.warnings.find((text) => text.includes("the worktree of victim was removed"));
  expect(warning).toMatch(/^while task (?:thief or task victim|victim or task thief) was at work/);
});
