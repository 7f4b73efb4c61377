/** Worktrees lie beside the checkout, or elsewhere where that cannot be; and are found again there. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, makeRepository, runProgram, scratchFolder } from "../helpers/program.ts";
import { begin, carryOut, PATIENCE_MS, RUN, resume, SHARED, show, until, Workshop } from "./runs.ts";

const workshop = new Workshop("place");
const scratch = scratchFolder("pleach places");
afterAll(() => {
  workshop.clean();
  scratch.remove();
});

/** Each says where it works. */
const plan = {
  goal: "where",
  gates: { where: { run: "test -f README.md", required: true } },
  tasks: [{ id: "one", run: "pwd > seen.txt", gates: ["where"] }],
};

const seen = (root: string): string => show(root, "seen.txt").trim();

describe("a run's worktrees", { timeout: PATIENCE_MS }, () => {
  it("lie beside the checkout, without a component that begins with a dot, and leave nothing there", async () => {
    const root = workshop.repository(plan);
    const { end, status } = await carryOut(root);
    expect(end.code, end.stderr + end.stdout).toBe(0);
    expect(status.warnings).toEqual([]);
    expect(dirname(seen(root))).toBe(join(`${root}.worktrees`, RUN));
    expect(seen(root)).not.toContain("/.");
    expect(existsSync(`${root}.worktrees`)).toBe(false);
    expect(git(root, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(1);
    expect((await runProgram(root, ["ship"])).code).toBe(0);
    expect(existsSync(`${root}.worktrees`)).toBe(false);
  });

  it("lie beside the checkout itself when it was reached by a link", async () => {
    const root = workshop.repository(plan);
    const link = join(scratch.path, "a link");
    symlinkSync(root, link);
    const { end } = await carryOut(link);
    expect(end.code, end.stdout).toBe(0);
    expect(dirname(seen(root))).toBe(join(`${root}.worktrees`, RUN));
  });

  it("are as private as the checkout", async () => {
    const mode = "stat -c %a .. ../.. > seen.txt";
    const root = workshop.repository({ goal: "modes", tasks: [{ id: "one", run: mode }] });
    chmodSync(root, 0o700);
    const { end } = await carryOut(root);
    expect(end.code, end.stdout).toBe(0);
    expect(seen(root).split("\n")).toEqual(["700", "700"]);
  });

  it("of two checkouts of one repository lie beside each", async () => {
    const main = workshop.repository(plan);
    const second = `${main} second`;
    git(main, "worktree", "add", "-q", "-b", "second", second);
    writeFileSync(join(second, "plan.json"), JSON.stringify(plan));
    const places: string[] = [];
    for (const [root, run] of [
      [main, `${RUN}-a`],
      [second, `${RUN}-b`],
    ] as const) {
      const end = await runProgram(root, ["run", "plan.json", "--run-id", run, "--json", "--no-learn", "--trust"]);
      expect(end.code, end.stdout).toBe(0);
      places.push(dirname(git(root, "show", `pleach/${run}:seen.txt`).trim()));
    }
    expect(places).toEqual([join(`${main}.worktrees`, `${RUN}-a`), join(`${second}.worktrees`, `${RUN}-b`)]);
  });

  it("lie in the home where the checkout lies inside another one, which is said once", async () => {
    const outer = join(scratch.path, "outer");
    makeRepository(outer, { "a.txt": "a\n" });
    const [root, home] = [join(outer, "inner"), join(scratch.path, "home")];
    makeRepository(root, { "README.md": "inner\n" });
    mkdirSync(home);
    writeFileSync(join(root, "plan.json"), JSON.stringify(plan));
    const { end, status } = await carryOut(root, { HOME: home });
    expect(end.code, end.stdout).toBe(0);
    expect(status.warnings).toEqual([
      expect.stringContaining("not beside the checkout: it lies inside another checkout"),
    ]);
    const above = dirname(dirname(seen(root)));
    expect(dirname(above)).toBe(join(home, "pleach-worktrees"));
    expect(existsSync(join(home, "pleach-worktrees"))).toBe(false);
    expect(git(outer, "status", "--porcelain")).toBe("?? inner/\n");
  });

  it("lie where pleach.yaml says inside the repository, unseen by git", async () => {
    const root = workshop.repository(plan);
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree: { path: "my [trees]" } }));
    git(root, "add", "pleach.yaml");
    git(root, "commit", "-q", "-m", "configured");
    mkdirSync(join(root, "my [trees]"));
    writeFileSync(join(root, "my [trees]", "note.txt"), "");
    const { end } = await carryOut(root);
    expect(end.code, end.stdout).toBe(0);
    expect(dirname(seen(root))).toBe(join(root, "my [trees]", RUN));
    expect(git(root, "status", "--porcelain")).toBe("?? plan.json\n");
  });

  it.each(["../elsewhere", "/tmp/elsewhere"])("cannot lie at %s for a repository's word alone", async (path) => {
    const root = workshop.repository(plan);
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree: { path } }));
    const end = await runProgram(root, ["run", "plan.json", "--no-tui", "--trust"]);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain("`path` of `worktree`");
  });

  it("lie where the person's own configuration says", async () => {
    const root = workshop.repository(plan);
    const [config, folder] = [join(scratch.path, "config"), join(scratch.path, "my trees")];
    mkdirSync(join(config, "pleach"), { recursive: true });
    writeFileSync(join(config, "pleach", "config.yaml"), `worktrees: ${folder}\nfuture: 1\n`);
    const { end } = await carryOut(root, { XDG_CONFIG_HOME: config });
    expect(end.code, end.stdout).toBe(0);
    expect(dirname(dirname(dirname(seen(root))))).toBe(folder);
    expect(basename(dirname(dirname(seen(root))))).toMatch(/^repo \d+-[0-9a-f]{8}$/);
    writeFileSync(join(config, "pleach", "config.yaml"), "worktrees: elsewhere\n");
    const refused = await runProgram(root, ["run", "plan.json", "--no-tui", "--trust"], { XDG_CONFIG_HOME: config });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("config.yaml:1");
  });

  it("are found by a run that goes on, though another place would be chosen now", async () => {
    const mark = (root: string): string => join(root, ".git", "begun");
    const run = `echo half > half.txt; touch ${SHARED}/begun; pwd > seen.txt; sleep "$(cat ${SHARED}/nap)"`;
    const root = workshop.repository({ goal: "go on", tasks: [{ id: "one", run }] });
    writeFileSync(join(root, ".git", "nap"), "600");
    const going = begin(root);
    await until("the task is at work", async () => existsSync(mark(root)));
    going.child.kill("SIGKILL");
    await going.ended;
    expect(existsSync(join(`${root}.worktrees`, RUN, "@tree-1", "half.txt"))).toBe(true);
    writeFileSync(join(root, ".git", "nap"), "0");
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree: { path: "trees" } }));
    const { end } = await resume(root);
    expect(end.code, end.stdout).toBe(0);
    expect(dirname(seen(root))).toBe(join(`${root}.worktrees`, RUN));
    expect(existsSync(`${root}.worktrees`)).toBe(false);
    expect(readFileSync(join(root, ".git/info/exclude"), "utf8")).not.toContain("trees");
  });
});
