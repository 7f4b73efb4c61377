/** What cannot be done is refused with exit code 2, a place, a hint and never a stack; nothing is left behind. */
import { existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ErrorDocument, expectNoStack, pleach, readDocument, readError, readEvents, start } from "./program.ts";
import { fingerprint, git, makeFolder, makeRepository, planText, writeFiles } from "./repositories.ts";

const GOOD = planText([{ id: "one", run: "echo 1 > one.txt", more: ["scope: [one.txt]"] }]);

/** The error of a command line in a folder. */
async function refuse(cwd: string, ...args: string[]): Promise<ErrorDocument> {
  return readError(await pleach(cwd, ...args, "--json"), 2);
}

describe("the place", () => {
  it("is refused when it is no repository, unless the plan needs none", async () => {
    const root = makeFolder("no répository");
    writeFiles(root, { "plan.md": GOOD, "here.md": GOOD.replace("goal:", "isolation: none\ngoal:") });
    const { error } = await refuse(root, "run", "plan.md");
    expect(error).toMatchObject({ code: "git.notRepository", hint: expect.stringContaining("git init") });
    const said = await pleach(root, "run", "here.md", "--json", "--no-learn");
    expect(said.code).toBe(0);
    expect(readEvents(said, "run.finished").status).toMatchObject({
      status: "succeeded",
      branch: null,
      tasks: [{ status: "done" }],
    });
    expect(existsSync(join(root, "one.txt"))).toBe(true);
    expect((await refuse(root, "ship")).error.code).toBe("run.noBranch");
  });

  it("is refused when it is a bare repository", async () => {
    const root = makeFolder();
    git(root, "init", "-q", "--bare");
    writeFiles(root, { "plan.md": GOOD });
    expect((await refuse(root, "run", "plan.md")).error.code).toBe("git.bare");
  });

  it("is refused when the repository is empty", async () => {
    const root = makeFolder();
    git(root, "init", "-q");
    writeFiles(root, { "plan.md": GOOD });
    expect((await refuse(root, "run", "plan.md")).error.code).toBe("git.empty");
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it("is refused when it does not exist, or is a file", async () => {
    const root = makeRepository({ "plan.md": GOOD });
    expect((await refuse(root, "-C", "nowhere", "run", "plan.md")).error.code).toBe("usage.noDirectory");
    expect((await refuse(root, "list", "-C", "plan.md")).error.code).toBe("usage.noDirectory");
  });

  it("is refused when the workspace cannot be written, and the words say why", async () => {
    const root = makeRepository({ "plan.md": GOOD });
    const before = fingerprint(root);
    writeFileSync(join(root, ".ce-workspace"), "a file in the way");
    const { error } = await refuse(root, "run", "plan.md");
    expect(error.message).toContain(".ce-workspace");
    expect(fingerprint(root)).toEqual(before);
    expect((await refuse(root, "list")).error.code).toBe("ENOTDIR");
  });

  it("has no runs yet, and every command says so", async () => {
    const root = makeRepository({ "plan.md": GOOD });
    for (const command of [
      ["status"],
      ["events"],
      ["replay"],
      ["log", "verify"],
      ["resume"],
      ["cancel"],
      ["decide"],
      ["ship"],
      ["attach"],
    ]) {
      expect((await refuse(root, ...command)).error.code, command.join(" ")).toBe("run.notFound");
    }
    expect(readDocument("list", await pleach(root, "list", "--json"))).toEqual({ schema: 1, runs: [] });
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it("has a pleach.yaml with errors: all are told, runs refused, looking goes on", async () => {
    const root = makeRepository({ "plan.md": GOOD, "pleach.yaml": "concurency: 3\nagent: nobody\n" });
    const document = await refuse(root, "run", "plan.md");
    expect(document.errors?.map(({ line }) => line)).toEqual([1, 2]);
    expect((await refuse(root, "resume")).error.file).toContain("pleach.yaml");
    expect((await pleach(root, "list")).code).toBe(0);
    expect((await pleach(root, "doctor")).stdout).toContain("✖ configuration");
    expect(readDocument("plan-check", await pleach(root, "plan", "check", "plan.md", "--json"))).toMatchObject({
      ok: false,
    });
  });
});

describe("the plan", () => {
  it("has several mistakes: all are told at once, with file and line, by check and by run", async () => {
    const bad = planText(
      [
        { id: "a", run: "true", more: ["needs: [b, nobody]"] },
        { id: "b", run: "true", more: ["needs: [a]", "colour: red"] },
        { id: "b", run: "true", more: ["scope: [../out]"] },
      ],
      ["budget: { usd: -1 }"],
    );
    const root = makeRepository({ "bad.md": bad });
    const check = await pleach(root, "plan", "check", "bad.md", "--json");
    expect(check.code).toBe(2);
    const { ok, errors } = readDocument<{
      ok: boolean;
      errors: { code: string; line: number; hint: string; file: string }[];
    }>("plan-check", check);
    expect(ok).toBe(false);
    expect(errors.length).toBeGreaterThanOrEqual(5);
    for (const { hint, line, file } of errors) {
      expect(hint).not.toBe("");
      expect(line).toBeGreaterThan(0);
      expect(file).toBe(join(root, "bad.md"));
    }
    expect((await refuse(root, "run", "bad.md")).errors).toEqual(errors);
    const words = await pleach(root, "run", "bad.md");
    expect(words.code).toBe(2);
    expect(words.stdout).toBe("");
    for (const { line } of errors) expect(words.stderr).toContain(`bad.md:${line}: error: `);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it.each([
    [
      "a cycle",
      planText([
        { id: "a", run: "true", more: ["needs: [b]"] },
        { id: "b", run: "true", more: ["needs: [a]"] },
      ]),
      "plan.cycle",
    ],
    ["nothing", "", "plan.empty"],
    ["no task", "# Only words\n", "plan.empty"],
    ["bytes that are no text", "\u0000\ufffd".repeat(20), "plan."],
  ])("holds %s", async (_what, text, code) => {
    const root = makeRepository({});
    writeFiles(root, { "plan.md": text });
    expect((await refuse(root, "run", "plan.md")).error.code).toContain(code);
  });

  it("has a scope that a link leads out of the repository", async () => {
    const root = makeRepository({});
    symlinkSync("/etc", join(root, "away"));
    writeFiles(root, { "plan.md": planText([{ id: "a", run: "true", more: ["scope: [away/passwd]"] }]) });
    expect((await refuse(root, "run", "plan.md")).error.line).toBeGreaterThan(1);
  });

  it("is not there, or is one word that is no goal", async () => {
    const root = makeRepository({});
    expect((await refuse(root, "run", "missing.md")).error.code).toBe("plan.notFound");
    expect((await refuse(root, "run", "./my plan.md")).error.code).toBe("plan.notFound");
    for (const command of [["run"], ["plan", "check"]]) {
      const { error } = await refuse(root, ...command, "faster");
      expect(error.code).toBe("usage.noPlanner");
      expect(error.hint).toMatch(/pleach run plan\.md.*pleach run "make it faster"/);
    }
    expect((await refuse(root, "run", ".")).error.code).toMatch(/^plan\./);
  });

  it("is refused for its 20 MB before it is parsed, and checked with 5,000 tasks", async () => {
    const root = makeRepository({});
    writeFiles(root, { "large.md": `# Large\n${"x".repeat(20 * 1024 * 1024)}\n` });
    const large = await pleach(root, "plan", "check", "large.md", "--json");
    expect(large.code).toBe(2);
    expect(readDocument("plan-check", large)).toMatchObject({ ok: false, errors: [{ code: "plan.tooLarge" }] });
    expect((await refuse(root, "run", "large.md")).error).toMatchObject({
      code: "plan.tooLarge",
      file: join(root, "large.md"),
    });
    const tasks = Array.from({ length: 5000 }, (_, n) => ({
      id: `t${n}`,
      run: "true",
      more: [`scope: [out/${n}.txt]`, ...(n >= 50 ? [`needs: [t${n - 50}]`] : [])],
    }));
    writeFiles(root, { "many.md": planText(tasks, ["concurrency: 50"]) });
    const said = await pleach(root, "plan", "check", "many.md", "--json");
    expect(said.code).toBe(0);
    const { waves, critical_path } = readDocument<{ waves: string[][]; critical_path: { ids: string[] } }>(
      "plan-check",
      said,
    );
    expect(waves).toHaveLength(100);
    expect(waves.flat()).toHaveLength(5000);
    expect(critical_path.ids).toHaveLength(100);
    const words = await pleach(root, "plan", "check", "many.md");
    expect(words.stdout.split("\n").length).toBeLessThan(60);
  }, 60_000);

  it("names a base that is not there", async () => {
    const root = makeRepository({ "plan.md": GOOD.replace("goal:", "base: nowhere\ngoal:") });
    expect((await refuse(root, "run", "plan.md")).error.code).toBe("git.badBase");
  });
});

describe("names", () => {
  it("that try to be options, paths or shell are refused or taken literally", async () => {
    const root = makeRepository({ "plan.md": GOOD });
    for (const id of ["../evil", "$(touch pwned)", "", "worktrees", "-x"]) {
      const document = await refuse(root, "run", "plan.md", `--run-id=${id}`);
      expect(document.error.code, id).toBe("usage.badRunId");
    }
    for (const id of ["../..", "$(touch pwned)", "a;b"])
      expect((await refuse(root, "status", id)).error.code).toBe("run.notFound");
    const dashed = await pleach(root, "status", "--json", "--", "--help");
    expect(readError(dashed, 2).error.code).toBe("run.notFound");
    const ids = ["--help", "../x", "a;b", "$(touch pwned)", "-rf", "a.lock", "refs..x", "a b", "@merge"];
    writeFiles(root, { "named.md": planText(ids.map((id) => ({ id: JSON.stringify(id), run: "true" }))) });
    expect((await refuse(root, "run", "named.md")).errors).toHaveLength(ids.length);
    writeFiles(root, { "-plan.md": GOOD });
    expect((await pleach(root, "plan", "check", "--", "-plan.md")).code).toBe(0);
    expect(readdirSync(root)).not.toContain("pwned");
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it("of arguments and options that do not exist are told, as JSON too", async () => {
    const root = makeRepository({ "plan.md": GOOD });
    for (const args of [
      ["frobnicate"],
      ["run"],
      ["run", "plan.md", "--concurrency", "many"],
      ["run", "plan.md", "--concurrency", "0"],
      ["run", "plan.md", "--output", "sound"],
      ["status", "--colour"],
      ["replay", "--until", "-1"],
      ["log"],
    ]) {
      const words = await pleach(root, ...args);
      expectNoStack(words);
      expect(words.code, args.join(" ")).toBe(2);
      expect(words.stdout).toBe("");
      expect(words.stderr).not.toBe("");
      expect((await refuse(root, ...args)).error.code).toMatch(/^usage\./);
    }
    const pasted = await pleach(root, "--colour\u001b[2J\u001b]0;title\u0007");
    expect(pasted.code).toBe(2);
    expect(pasted.stderr).toContain("unknown option '--colour'");
    expect(pasted.stderr).toContain("hint: --help shows the options; words that begin with a dash come behind --");
    expect(pasted.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect((await refuse(root, "run", "plan.md", "--agent", "nobody")).error.code).toBe("plan.unknownAgent");
    expect((await pleach(root, "run", "plan.md", "--output", "tui")).code).toBe(2);
  }, 60_000);

  it("of a run that exists, or whose branch does, are refused", async () => {
    const root = makeRepository({ "plan.md": GOOD });
    expect((await pleach(root, "run", "plan.md", "--run-id", "twice", "--no-learn")).code).toBe(0);
    expect((await refuse(root, "run", "plan.md", "--run-id", "twice")).error).toMatchObject({
      code: "run.exists",
      message: "there is a run twice already",
    });
    git(root, "branch", "pleach/theirs");
    expect((await refuse(root, "run", "plan.md", "--run-id", "theirs")).error.code).toBe("run.exists");
  });
});

describe("a full disk", () => {
  it("ends the run with words and a hint, and the run can be resumed with room", async () => {
    const root = makeRepository({
      "plan.md": planText(
        Array.from({ length: 12 }, (_, n) => ({
          id: `t${n}`,
          run: `echo ${n} > t${n}.txt`,
          more: [`scope: [t${n}.txt]`],
        })),
      ),
    });
    const shell = ["sh", "-c", 'ulimit -f 24; exec "$@"', "sh"];
    const said = await start(["run", "plan.md", "--json", "--no-learn"], { cwd: root, through: shell }).ended;
    expectNoStack(said);
    expect(said.code, said.stderr).toBe(1);
    expect(said.stderr).toContain("ulimit -f");
    const last = JSON.parse(said.stdout.trimEnd().split("\n").at(-1) as string) as ErrorDocument;
    expect(last.error.code).toBe("log.failed");
    const resumed = await pleach(root, "resume", "--json", "--no-learn");
    expect(resumed.code, resumed.stderr).toBe(0);
    const { status } = readEvents(resumed, "run.finished");
    expect(status.tasks.every((task) => task.status === "merged")).toBe(true);
    expect(git(root, "ls-tree", "--name-only", status.branch as string).split("\n")).toHaveLength(14);
  }, 60_000);
});
