/**
 * What a repository brings and nobody named runs only once the person agreed: by a flag, by a command, by having it written
 * by their own `pleach init`. What they name themselves runs unasked.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { expectValid, readDocument, readError, readEvents, type Said, start } from "./program.ts";
import { git, makeFolder, makeRepository, planText, writeFiles } from "./repositories.ts";

const PLAN = planText([{ id: "one", run: "echo 1 > one.txt", more: ["scope: [one.txt]"] }]);
const RUN = ["run", "plan.md", "--json", "--no-learn"];

/** A person: what they keep lies in folders of their own. */
function makePerson() {
  const folder = makeTempFolder("person", "test");
  const env = {
    HOME: join(folder, "home"),
    XDG_STATE_HOME: join(folder, "state"),
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  mkdirSync(env.HOME);
  const pleach = (cwd: string, ...args: string[]): Promise<Said> => start(args, { cwd, env }).ended;
  return { folder, env, pleach };
}

/** A repository whose pleach.yaml leaves a mark wherever one of its commands runs. */
function makeMarked(more = ""): { root: string; marks: () => string } {
  const mark = join(makeTempFolder("mark", "test"), "marks");
  const said = (word: string): string => JSON.stringify(`echo ${word} >> '${mark}'`);
  const config = `gates: {test: {run: ${said("gate")}}}\nworktree: {setup: ${said("setup")}, teardown: ${said("teardown")}}\n${more}`;
  const root = makeRepository({ "plan.md": PLAN, "pleach.yaml": config });
  return { root, marks: () => (existsSync(mark) ? readFileSync(mark, "utf8") : "") };
}

describe("without a terminal, what a cloned repository would run", () => {
  it("is refused with all of it, and goes on with --trust from then on, until it changes", async () => {
    const { pleach } = makePerson();
    const { root, marks } = makeMarked();
    const refused = await pleach(root, ...RUN);
    const { error, errors = [] } = readError(refused, 2);
    expect(error).toMatchObject({ code: "trust.needed", file: join(root, "pleach.yaml") });
    expect(error.hint).toContain("--trust");
    expect(JSON.stringify(errors)).toContain("echo setup");
    for (const words of ["gates.test", "echo gate", "worktree.setup", "echo setup", "worktree.teardown"])
      expect(refused.stderr).toContain(words);
    expect([marks(), existsSync(join(root, ".ce-workspace"))]).toEqual(["", false]);

    const done = await pleach(root, ...RUN, "--trust");
    const { events, status } = readEvents(done, "run.finished");
    expect(status.status).toBe("succeeded");
    expect(events.find(({ type }) => type === "trust.given")?.data).toMatchObject({
      files: [{ path: "pleach.yaml", by: "flag", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect(marks()).toContain("gate");
    expect((await pleach(root, ...RUN)).code).toBe(0);

    writeFiles(root, {
      "pleach.yaml": readFileSync(join(root, "pleach.yaml"), "utf8").replace("echo gate", "echo more"),
    });
    const changed = await pleach(root, ...RUN);
    expect(readError(changed, 2).error.code).toBe("trust.needed");
    expect(changed.stderr).toMatch(/^ +- +echo gate/m);
    expect(changed.stderr).toMatch(/^ +\+ +echo more/m);
    expect(marks()).not.toContain("more");
  });

  it("is not asked about again when something is taken away; what is new is, alone", async () => {
    const { pleach } = makePerson();
    const config = "gates: {test: 'true', lint: 'true'}\nworktree: {setup: 'true'}\n";
    const root = makeRepository({ "plan.md": PLAN, "pleach.yaml": config });
    expect((await pleach(root, "trust", "give")).code).toBe(0);
    const less = "# mine\ngates: {test: 'true'}\nconcurrency: 2\n";
    writeFiles(root, { "pleach.yaml": less });
    const said = await pleach(root, ...RUN);
    expect([said.code, said.stderr]).toEqual([0, expect.not.stringContaining("agreed to")]);
    writeFiles(root, { "pleach.yaml": less.replace("test:", "more: 'echo x', test:") });
    const refused = await pleach(root, ...RUN);
    expect(readError(refused, 2).error.code).toBe("trust.needed");
    expect(refused.stderr).toMatch(/\+ gates\.more\n +\+ +echo x\n/);
    expect(refused.stderr).toContain("and 1 as you agreed to before");
    expect(refused.stderr).not.toContain("  gates.test");
  });

  it("is nothing when there is no pleach.yaml, or one that only limits: the plan was named", async () => {
    const { pleach } = makePerson();
    const root = makeRepository({ "plan.md": PLAN });
    expect((await pleach(root, ...RUN)).code).toBe(0);
    writeFiles(root, { "pleach.yaml": "concurrency: 2\nvault: notes\n" });
    const said = await pleach(root, ...RUN);
    expect(said.code, said.stderr).toBe(0);
    expect(said.stdout).not.toContain("trust.given");
  });

  it("is told when a killed run is gone on with under another pleach.yaml, and nothing of it runs", async () => {
    const { pleach } = makePerson();
    const { root, marks } = makeMarked();
    const slow = planText([{ id: "one", run: "touch ../here; sleep 600" }]);
    writeFiles(root, { "plan.md": slow });
    const going = start([...RUN, "--trust", "--run-id", "r"], { cwd: root, env: makePerson().env });
    await going.says(/"task\.started"/);
    going.child.kill("SIGKILL");
    await going.ended;
    const before = marks();
    writeFiles(root, { "pleach.yaml": "worktree: {teardown: echo other}\n" });
    for (const command of ["resume", "cancel"]) {
      const refused = await pleach(root, command, "r", "--json");
      expect(readError(refused, 2).error.code, command).toBe("trust.needed");
    }
    expect(marks()).toBe(before);
    expect((await pleach(root, "cancel", "r", "--json", "--trust")).code).toBe(0);
  });
});

describe("pleach trust", () => {
  it("shows, gives and takes back, for this repository in this place alone, and to the person alone", async () => {
    const { pleach, env } = makePerson();
    const { root } = makeMarked();
    const show = async (folder: string, ...args: string[]) =>
      readDocument<{ trusted: boolean; files: { status: string }[] }>(
        "trust",
        await pleach(folder, "trust", ...args, "--json"),
      );
    expect(await show(root)).toMatchObject({ trusted: false, files: [{ path: "pleach.yaml", status: "new" }] });
    const worker = { ...env, PLEACH_RUN: "r", PLEACH_TASK: "t" };
    const byAgent = await start(["trust", "give", "--json"], { cwd: root, env: worker }).ended;
    expect(readError(byAgent, 2).error.code).toBe("trust.worker");
    expect(await show(root, "give")).toMatchObject({ trusted: true, files: [{ status: "trusted", by: "person" }] });
    expect((await pleach(root, ...RUN)).code).toBe(0);

    const copy = `${root} copied`;
    cpSync(root, copy, { recursive: true });
    expect(await show(copy)).toMatchObject({ trusted: false, files: [{ status: "new" }] });
    // Another repository in the same place.
    renameSync(root, `${root} before`);
    renameSync(copy, root);
    writeFiles(root, { "pleach.yaml": "gates: {test: echo another}\n" });
    expect(await show(root)).toMatchObject({ trusted: false, files: [{ status: "changed" }] });
    expect((await pleach(root, "trust", "take-back")).stdout).toContain("taken back");
    expect(await show(root)).toMatchObject({ files: [{ status: "new" }] });
  });

  it("shows what is hidden in a command, and lets none of it act on the terminal", async () => {
    const { pleach } = makePerson();
    const root = makeRepository({
      "pleach.yaml": `gates: {test: "true\\e[2K\\rfine\\u202e"}\n`,
      ".pleach/roles/builders.md": "Do as I say.\u001b[1A\n",
    });
    const { stdout } = await pleach(root, "trust");
    expect(stdout).toContain("true\\u{1b}[2K");
    expect(stdout).toContain("\\u{202e}");
    expect(stdout).toContain("Do as I say.");
    expect(stdout).not.toMatch(/[\u001b\r\u202e]/);
  });

  it("says when there is nothing to agree to", async () => {
    const { pleach } = makePerson();
    const said = await pleach(makeFolder(), "trust");
    expect([said.code, said.stdout]).toEqual([0, expect.stringContaining("runs nothing that you do not name")]);
  });
});

describe("what the person's own pleach init wrote", () => {
  it("is not asked about until somebody changes it", async () => {
    const { pleach, folder } = makePerson();
    const root = makeRepository({ "plan.md": PLAN });
    expect((await pleach(root, "init")).code).toBe(0);
    const { files } = JSON.parse((await pleach(root, "trust", "--json")).stdout) as { files: unknown[] };
    expect(files).toEqual([]);
    writeFileSync(join(root, "pleach.yaml"), "gates: {test: 'true'}\n", { flag: "a" });
    const refused = await pleach(root, ...RUN);
    expect(readError(refused, 2).error.message).toContain("pleach.yaml (changed)");
    expect(existsSync(join(folder, "state/pleach/trust"))).toBe(true);
  });
});

describe("what agents are told of their role by the repository", () => {
  it("is asked about where agents read it, and not where nobody does", async () => {
    const { pleach, env } = makePerson();
    writeFiles(env.XDG_CONFIG_HOME, {
      "pleach/config.yaml":
        'agents: {mine: {kind: command, command: sh, args: [-c, "echo told > told.txt", "{prompt}"]}}\nagent: mine\n',
    });
    const prose = "# g\n\n## a\n\n```yaml task\nid: a\nscope: [told.txt]\n```\n\nDo it.\n";
    const root = makeRepository({ "plan.md": PLAN, "agent.md": prose, ".pleach/roles/builders.md": "Obey.\n" });
    expect((await pleach(root, ...RUN)).code).toBe(0);
    const refused = await pleach(root, "run", "agent.md", "--json", "--no-learn");
    expect(readError(refused, 2).error.file).toBe(join(root, ".pleach/roles/builders.md"));
    expect(refused.stderr).toContain("Obey.");
    // The person's own agent needs no consent, and their default is used.
    const done = await pleach(root, "run", "agent.md", "--json", "--no-learn", "--trust");
    expect(readEvents(done, "run.finished").status.tasks[0]).toMatchObject({ agent: "mine", status: "merged" });
  });
});

describe("a vault outside of the repository", () => {
  const note = "---\nid: x\n---\n# The quokka\n";

  it("that pleach.yaml names is looked into only once the person agreed", async () => {
    const { pleach, env } = makePerson();
    writeFiles(join(env.HOME, "notes"), { "quokka.md": note });
    const outside = makeTempFolder("outside", "test");
    writeFiles(outside, { "quokka two.md": note });
    const linked = makeRepository({ "plan.md": PLAN, "pleach.yaml": "vaults: [team, ~/notes]\n" });
    symlinkSync(outside, join(linked, "team"));
    git(linked, "add", "-A");
    git(linked, "commit", "-q", "-m", "a link");
    const search = async (): Promise<number> => {
      const said = await pleach(linked, "vault", "search", "quokka", "--json");
      return expectValid<{ results: unknown[] }>("vault-search", JSON.parse(said.stdout)).results.length;
    };
    expect(await search()).toBe(0);
    const checked = await pleach(linked, "plan", "check", "plan.md", "--json");
    expect(checked.stdout).toContain("trust.withheld");
    expect(readError(await pleach(linked, ...RUN), 2).error.code).toBe("trust.needed");
    await pleach(linked, "trust", "give");
    expect(await search()).toBe(2);
  });

  it("that the person names is read and written: by their configuration, the environment, a flag, in this order", async () => {
    const { pleach, env } = makePerson();
    writeFiles(env.XDG_CONFIG_HOME, { "pleach/config.yaml": "vault: ~/mine\n" });
    const root = makeRepository({ "plan.md": PLAN });
    const learns = ["run", "plan.md", "--json"];
    expect((await pleach(root, ...learns)).code).toBe(0);
    expect(existsSync(join(env.HOME, "mine/runs"))).toBe(true);
    const named = { ...env, PLEACH_VAULT: "~/named" };
    expect((await start(learns, { cwd: root, env: named }).ended).code).toBe(0);
    expect(existsSync(join(env.HOME, "named/runs"))).toBe(true);
    expect((await start([...learns, "--vault=~/flag"], { cwd: root, env: named }).ended).code).toBe(0);
    expect(existsSync(join(env.HOME, "flag/runs"))).toBe(true);
    expect(existsSync(join(root, "vault"))).toBe(false);
  });
});

describe("a run that lies in the repository's own history", () => {
  it("is no run of the person's: what it would carry out is asked about", async () => {
    const { pleach } = makePerson();
    const theirs = makeRepository({
      "plan.md": planText([{ id: "one", run: "echo 1 > one.txt; exit 1", more: ["retries: 3"] }]),
    });
    const going = start([...RUN, "--run-id", "r"], { cwd: theirs, env: makePerson().env });
    await going.says(/"task\.started"/);
    going.child.kill("SIGKILL");
    await going.ended;
    git(theirs, "add", "-Af");
    git(theirs, "commit", "-q", "-m", "with a run in it");
    const root = makeFolder("clone");
    git(root, "clone", "-q", theirs, ".");
    for (const command of ["resume", "cancel"]) {
      const refused = await pleach(root, command, "r", "--json");
      expect(readError(refused, 2).error, command).toMatchObject({
        code: "trust.needed",
        file: join(root, ".ce-workspace/r"),
      });
      expect(refused.stderr).toContain("echo 1 > one.txt; exit 1");
    }
    expect((await pleach(root, "status")).code).toBe(0);
  });
});
