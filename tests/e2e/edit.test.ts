/** A person who changes tasks that have not started, while others are at work: by options, a file, an editor; also over `kill -9`. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runProgram } from "../helpers/program.ts";
import { begin, fates, PATIENCE_MS, RUN, readEnd, readStatus, resume, show, until, Workshop } from "./runs.ts";
import { Terminal } from "./terminal.ts";

const workshop = new Workshop("editing");
afterAll(() => workshop.clean());

/** A task that waits for a person, and tasks that wait for it, whose agents write down what they were told. */
function beginLong() {
  const root = workshop.repository({});
  const at = (name: string) => join(root, ".git", name);
  const agent = (name: string) => ({
    kind: "command",
    command: "sh",
    args: ["-c", `printf '%s' "$1" > '${at("told")}'; echo ${name} > later.txt`, "agent", "{prompt}"],
  });
  const agents = { mine: agent("mine"), other: agent("other") };
  writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents }));
  const wait = `touch '${at("at-work")}'; until [ -e '${at("go")}' ]; do sleep 0.1; done; echo 1 > first.txt`;
  const tasks = [
    { id: "first", scope: ["first.txt"], run: wait },
    { id: "later", agent: "mine", instruction: "write the OLD text", scope: ["later.txt"], needs: ["first"] },
    { id: "last", run: "cp later.txt last.txt", scope: ["last.txt"], needs: ["later"] },
  ];
  writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "edited", tasks }));
  const going = begin(root);
  return {
    ...{ root, going, told: () => readFileSync(at("told"), "utf8"), letGo: () => writeFileSync(at("go"), "") },
    atWork: () => until("it at work", () => existsSync(at("at-work"))),
  };
}

const type = async (root: string, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runProgram(root, args);
  expect(code, stderr).toBe(0);
  return stdout;
};
const refused = async (root: string, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runProgram(root, args);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
};
/** An editor that does this to the file `$1`. */
function editorOf(root: string, script: string): Record<string, string> {
  const path = join(root, ".git", "my editor.sh");
  writeFileSync(path, `#!/bin/sh\nset -e\n${script}\n`);
  chmodSync(path, 0o755);
  return { VISUAL: `'${path}'`, TMPDIR: tempOf(root) };
}
function tempOf(root: string): string {
  const path = join(root, ".git", "tmp");
  mkdirSync(path, { recursive: true });
  return path;
}

describe("a task that a person edits before it starts", { timeout: PATIENCE_MS }, () => {
  it("is done as they want it, by whom they want, also over kill -9 and resume", async () => {
    const { root, going, told, letGo, atWork } = beginLong();
    await atWork();
    expect(await type(root, "edit", "later", "--instruction", "write the NEW text", "--agent", "other,mine")).toBe(
      "later is changed: agent, instruction\n",
    );
    process.kill((await readStatus(root)).host.pid as number, "SIGKILL");
    await going.ended;
    // Without a host it is written down, and counts when the run goes on.
    expect(await type(root, "edit", "last", "--scope", "last.txt,{a,b}.txt", "--title", "The last one")).toBe(
      `last is changed: title, scope; go on with: pleach resume ${RUN}\n`,
    );
    letGo();
    const { end, status } = await resume(root);
    expect([end.code, fates(status)]).toEqual([0, { first: "merged", later: "merged", last: "merged" }]);
    expect(told()).toContain("write the NEW text");
    expect(told()).not.toContain("OLD");
    expect(show(root, "last.txt")).toBe("other\n");
    expect(status.tasks.map(({ id, title }) => [id, title])).toEqual([
      ["first", "first"],
      ["later", "later"],
      ["last", "The last one"],
    ]);
    const events = await type(root, "events", "--json");
    expect(events).toContain('"type":"task.edited"');
  });

  it("is as it was when what they want cannot be, and they are told why", async () => {
    const { root, going, told, letGo, atWork } = beginLong();
    await atWork();
    expect(await refused(root, "edit", "later", "--needs", "last")).toContain("later -> last -> later");
    expect(await refused(root, "edit", "later", "--needs", "frist")).toContain('Did you mean "first"?');
    expect(await refused(root, "edit", "later", "--agent", "nobody")).toContain("mine, other");
    expect(await refused(root, "edit", "later", "--scope", "../x")).toContain("Name paths inside the repository");
    expect(await refused(root, "edit", "latre", "--title", "x")).toContain("did you mean later?");
    const started = await refused(root, "edit", "first", "--title", "x");
    expect(started).toContain("first has begun, and cannot be changed");
    expect(started).toContain("pleach tell first");
    expect(await refused(root, "edit", "later", "--title", "x", "--file", "y.yaml")).toContain("--file");
    const unset = await runProgram(root, ["edit", "later"], { VISUAL: "", EDITOR: "" });
    expect([unset.code, unset.stderr]).toEqual([2, expect.stringContaining("neither VISUAL nor EDITOR is set")]);
    expect(await type(root, "edit", "later", "--agent", "mine")).toContain("nothing is changed");
    letGo();
    const { status } = readEnd(await going.ended);
    expect(fates(status)).toEqual({ first: "merged", later: "merged", last: "merged" });
    expect(told()).toContain("OLD");
    expect(await refused(root, "edit", "last", "--title", "x")).toContain("the run is over");
  });

  it("is changed by a file as by options, and only in what that names", async () => {
    const { root, going, told, letGo, atWork } = beginLong();
    await atWork();
    writeFileSync(
      join(root, ".git/change.yaml"),
      "instruction: |\n  first line\n  second line\nretries: 2\nscope: null\n",
    );
    const answer = JSON.parse(await type(root, "edit", `${RUN}/later`, "--file", ".git/change.yaml", "--json"));
    expect(answer).toEqual({
      ...{ schema: 1, run: RUN, ok: true, changed: ["instruction", "scope", "retries"], warnings: [] },
      message: "later is changed: instruction, scope, retries",
    });
    writeFileSync(join(root, ".git/bad.yaml"), "scope: [a\n");
    expect(await refused(root, "edit", "later", "--file", ".git/bad.yaml")).toContain("bad.yaml:2: error");
    letGo();
    await going.ended;
    expect(told()).toContain("first line\nsecond line");
  });

  it("is changed in an editor: what is right counts, and what is not is kept for them", async () => {
    const { root, going, told, letGo, atWork } = beginLong();
    await atWork();
    const edit = (script: string) => runProgram(root, ["edit", "later"], editorOf(root, script));
    expect(await edit("true")).toMatchObject({ code: 0, stdout: "nothing is changed\n" });
    expect(await edit("echo '# nothing' > \"$1\"")).toMatchObject({ code: 0, stdout: "nothing is changed\n" });
    const failing = await edit("exit 3");
    expect([failing.code, failing.stderr]).toEqual([2, expect.stringContaining("exit code 3")]);
    expect(readdirSync(tempOf(root))).toEqual([]);
    const wrong = await edit('echo "needs: [last]" >> "$1"');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("what you wrote is kept")]);
    expect(wrong.stderr).toMatch(/later\.yaml:\d+: error/);
    expect(readdirSync(tempOf(root))).toHaveLength(1);
    const seen = join(root, ".git/seen");
    const right = await edit(`cp "$1" '${seen}'; ls -l "$1" >> '${seen}'; sed -i.bak s/OLD/NEW/ "$1"; rm "$1.bak"`);
    expect([right.stderr, right.stdout]).toEqual(["", "later is changed: instruction\n"]);
    expect(readFileSync(seen, "utf8")).toMatch(/agent: mine\ninstruction: write the OLD text\n[\s\S]*\n-rw-------/);
    letGo();
    await going.ended;
    expect(told()).toContain("write the NEW text");
  });

  it("is edited again at a terminal when it was refused", async () => {
    const { root, going, told, letGo, atWork } = beginLong();
    await atWork();
    const once = `if grep -q NEW "$1"; then sed -i.bak 's/^agent: nobody/agent: other/' "$1"; else sed -i.bak 's/OLD/NEW/; s/^agent: mine/agent: nobody/' "$1"; fi; rm "$1.bak"`;
    const terminal = new Terminal(root, ["edit", "later"], editorOf(root, once));
    await terminal.see("Edit it again?");
    expect(terminal.text).toContain('there is no agent "nobody"');
    terminal.type("\r");
    await terminal.see("later is changed: agent, instruction");
    expect((await terminal.exit).exitCode).toBe(0);
    expect(readdirSync(tempOf(root))).toEqual([]);
    letGo();
    await going.ended;
    expect(told()).toContain("write the NEW text");
    expect(show(root, "later.txt")).toBe("other\n");
  });
});
