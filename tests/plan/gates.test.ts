/** What a gate may say of itself: where it is run, what its red means, in which folder and environment. */
import { describe, expect, it } from "vitest";
import type { Gate } from "../../src/plan/index.ts";
import { explainBadVariable, mergeVariables } from "../../src/plan/variables.ts";
import { makeContext, places, read, readValid } from "./read-text.ts";

const TASK = "tasks:\n  - {id: t, run: x}\n";

function gateOf(written: string): Gate | undefined {
  return readValid(`gates:\n  g: ${written}\n${TASK}`, "yaml").gates[0];
}

describe("where a gate is run", () => {
  it.each<[string, boolean, string[]]>([
    ["make", true, ["task", "merge"]],
    ["{run: make}", true, ["task", "merge"]],
    ["{run: make, level: advisory}", false, ["task"]],
    ["{run: make, required: false}", false, ["task"]],
    ["{run: make, level: required, required: true}", true, ["task", "merge"]],
    ["{run: make, at: ship}", true, ["ship"]],
    ["{run: make, at: [ship, merge, ship]}", true, ["merge", "ship"]],
    ["{run: make, level: advisory, at: [merge]}", false, ["merge"]],
  ])("%s", (written, required, at) => {
    expect(gateOf(written)).toMatchObject({ run: "make", required, at });
  });

  it.each([
    ["a level that contradicts `required`", "{run: x, level: advisory, required: true}", /level/],
    ["a level that is not known", "{run: x, level: blocking}", /required/],
    ["a place that is not known", "{run: x, at: [marge]}", /merge/],
    ["no place at all", "{run: x, at: []}", /at/],
    ["a key of later", "{run: x, sandbox: bubblewrap}", /Keys/],
    ["a baseline that is not known", "{run: x, baseline: loose}", /ratchet/],
    ["another word for what is flaky", "{run: x, flaky: often}", /retry/],
    ["a folder elsewhere", "{run: x, cwd: ../x}", /inside/],
    ["a variable of pleach", "{run: x, env: {PLEACH_RUN: y}}", /variable/],
    ["a variable that leads git away", "{run: x, pass: [GIT_DIR]}", /variable/],
    ["a number as a value", "{run: x, env: {A: 1}}", /quotes/],
  ])("refuses %s", (_what, written, hint) => {
    const { plan, errors } = read(`gates:\n  g: ${written}\n${TASK}`, "yaml");
    expect(plan).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ line: 2, hint: expect.stringMatching(hint) });
  });

  it("is no task's own worktree when the gate says so: a task may not name it then", () => {
    const text = "gates:\n  g: {run: x, at: [merge, ship]}\ntasks:\n  - {id: t, run: x, gates: [g]}\n";
    const { plan, errors } = read(text, "yaml");
    expect(plan).toBeNull();
    expect(places(errors)).toEqual(["plan.badValue@4"]);
    expect(errors[0]?.message).toMatch(/merge, ship/);
  });
});

describe("what a gate runs in", () => {
  it("holds its folder, its variables and its reports", () => {
    const written =
      '{run: x, cwd: ./web/, env: {CI: "1"}, pass: NPM_TOKEN, reports: [{junit: a.xml}, {lcov: b, lines: 5}, {sarif: c}]}';
    expect(gateOf(written)).toEqual({
      ...{ name: "g", run: "x", required: true, at: ["task", "merge"], timeoutMs: 600_000 },
      cwd: "web",
      env: { CI: "1" },
      pass: ["NPM_TOKEN"],
      reports: [{ junit: "a.xml" }, { lcov: "b", lines: 5 }, { sarif: "c" }],
    });
    expect(gateOf("{run: x, cwd: .}")).not.toHaveProperty("cwd");
  });
});

describe("variables of all commands", () => {
  it("of pleach.yaml are overridden one by one by those of the plan", () => {
    const context = makeContext('env: {A: "1", B: "2", C: "3"}\npass: [X]\n');
    const plan = readValid(`env: {B: "9"}\npass: [C, Y]\n${TASK}`, "yaml", context);
    expect(plan).toMatchObject({ env: { A: "1", B: "9" }, pass: ["X", "C", "Y"] });
    expect(readValid(TASK, "yaml")).not.toHaveProperty("env");
  });

  it("are overridden by those of one command", () => {
    const wider = { env: { A: "wide", B: "wide", C: "wide" }, pass: ["D"] };
    const merged = mergeVariables(wider, { env: { A: "close", D: "close" }, pass: ["B"] });
    expect(merged).toEqual({ env: { A: "close", C: "wide", D: "close" }, pass: ["D", "B"] });
    expect(mergeVariables({}, {})).toEqual({});
  });

  it.each([
    ["PATH", null],
    ["_x1", null],
    ["1A", "name"],
    ["A-B", "name"],
    ["", "name"],
    ["PLEACH_X", "pleach"],
    ["GIT_INDEX_FILE", "git"],
    ["GIT_AUTHOR_NAME", null],
  ])("may be called %j: %s", (name, why) => {
    if (why === null) expect(explainBadVariable(name)).toBeNull();
    else expect(explainBadVariable(name)).toContain(why);
  });
});
