/**
 * What one run teaches reaches the next, through the built program and a stand-in for an agent that keeps what it is
 * told: a failure of the first run is predicted in the second, named in the agents' instructions, scored in the run's
 * note, and gone once a person retires it.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Advice } from "../../src/protocol/values.ts";
import { expectValid } from "../cli/program.ts";
import { runProgram } from "../helpers/program.ts";
import { type Finished, PATIENCE_MS, readEnd, readIf, readLog, SHARED, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("patterns");
afterAll(() => workshop.clean());

/** Keeps what it is told; makes the file without which the gate is red when it was told of it, or when it is told to. */
const AGENT = `set -eu
SHARED="$(git rev-parse --git-common-dir)"
printf '%s' "$1" > "$SHARED/told-$PLEACH_RUN-$PLEACH_TASK-$PLEACH_ATTEMPT.md"
mkdir -p src/auth
echo done > "src/auth/$PLEACH_TASK.txt"
if [ -n "\${PLEACH_FEEDBACK:-}" ] || [ -e "$SHARED/careful" ]; then echo done > src/auth/session.txt; fi
`;
const GATE = `if [ -e src/auth/session.txt ]; then exit 0; fi
echo "TypeError: Cannot read properties of undefined (reading 'session')"
exit 1
`;
const CONFIG = "agents:\n  standin: {kind: command, command: sh, args: [agent.sh, '{prompt}']}\nagent: standin\n";

function planOf(id: string, title: string, more: object[] = []): object {
  const work = {
    id,
    title,
    instruction: `${title}, in src/auth.`,
    scope: ["src/auth/**"],
    gates: ["unit"],
    retries: 2,
  };
  return { goal: title, gates: { unit: "sh check.sh" }, tasks: [...more, work] };
}

function makeShop(plan: object): string {
  return workshop.repository(plan, { "agent.sh": AGENT, "check.sh": GATE, "pleach.yaml": CONFIG });
}

const nameRun = (number: number): string => `pat${process.pid}-${number}`;

async function run(root: string, number: number, plan: object): Promise<Finished> {
  writeFileSync(join(root, "plan.json"), JSON.stringify(plan));
  return readEnd(await runProgram(root, ["run", "plan.json", "--run-id", nameRun(number), "--json", "--trust"]));
}

/** What the agent was told in an attempt. */
function told(root: string, number: number, task: string, attempt = 1): string {
  return readIf(join(root, `.git/told-${nameRun(number)}-${task}-${attempt}.md`)) ?? "";
}

function shown(root: string, number: number): (Advice & { actor: string })[] {
  return readLog(root, nameRun(number))
    .filter(({ type }) => type === "advice.shown")
    .map(({ actor, data }) => ({ actor, ...(data as Advice) }));
}

/** The only pattern of a kind of failure in the vault: its file, id and text. */
function readPattern(root: string): { file: string; id: string; text: string } {
  const folder = join(root, "vault/patterns");
  const files = readdirSync(folder).filter((name) => /^\d{14}-.*typeerror/.test(name));
  expect(files).toHaveLength(1);
  const file = join(folder, String(files[0]));
  return { file, id: String(files[0]).slice(0, 19), text: readFileSync(file, "utf8") };
}

const property = (text: string, key: string): string => new RegExp(`^${key}: (.*)$`, "m").exec(text)?.[1] ?? "";

/** The note of a run, wherever it lies. */
function runNote(root: string, number: number): string {
  const runs = join(root, "vault/runs");
  const files = readdirSync(runs, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  const notes = files.map((name) => readFileSync(join(runs, name), "utf8"));
  return notes.find((text) => text.includes(nameRun(number))) ?? "";
}

describe("a pattern that a run taught", { timeout: PATIENCE_MS }, () => {
  let root: string;
  beforeAll(async () => {
    root = makeShop(planOf("login", "Build the login form"));
    const { status } = await run(root, 1, planOf("login", "Build the login form"));
    expect(taskOf(status, "login")).toMatchObject({ status: "merged", attempts: 2, patterns: [] });
  }, PATIENCE_MS);

  it("is predicted for a task like that one, with its evidence and what helped", async () => {
    const { id } = readPattern(root);
    writeFileSync(join(root, "plan.json"), JSON.stringify(planOf("logout", "Build the logout button")));
    const { stdout } = await runProgram(root, ["plan", "check", "plan.json", "--json"]);
    const checked = JSON.parse(stdout);
    expectValid("plan-check", checked);
    expect(checked.predictions).toMatchObject([{ task: "logout", patterns: [{ id, evidence: { support: 1 } }] }]);
    const { advice, why } = checked.predictions[0].patterns[0];
    expect(advice).toContain("src/auth/session.txt");
    expect(why).toEqual(expect.arrayContaining(["scope: src/auth/**", "gate: unit"]));
    const words = (await runProgram(root, ["plan", "check", "plan.json"])).stdout;
    expect(words).toContain("TypeError: Cannot read properties of undefined (reading 'session')");
    expect(words).toContain("src/auth/session.txt");
    expect(words).toContain(id);
  });

  it("stands in the instruction of its agent, on record before that starts, and leads when the trouble comes", async () => {
    const { id, text: before } = readPattern(root);
    const { status, events } = await run(root, 2, planOf("logout", "Build the logout button"));
    expect(taskOf(status, "logout")).toMatchObject({ status: "merged", attempts: 2, patterns: [id] });
    for (const attempt of [1, 2]) {
      const text = told(root, 2, "logout", attempt);
      expect(text).toContain(`[${id}] Gate unit: TypeError`);
      expect(text).toMatch(/advice: .*src\/auth\/session\.txt/);
    }
    expect(told(root, 2, "logout", 1)).not.toContain("What the attempt before failed by is known");
    expect(told(root, 2, "logout", 2)).toContain("What the attempt before failed by is known");
    expect(shown(root, 2)).toEqual([
      { actor: "task:logout", attempt: "1", role: "work", patterns: [id], failure: [] },
      { actor: "task:logout", attempt: "2", role: "work", patterns: [id], failure: [id] },
    ]);
    const types = events.filter(({ actor }) => actor === "task:logout").map(({ type }) => type);
    expect(types.indexOf("advice.shown")).toBeLessThan(types.indexOf("agent.exited"));
    for (const event of events) expectValid("events", event);
    const note = runNote(root, 2);
    expect(property(note, "predicted")).toBe("1");
    expect(property(note, "hits")).toBe("1");
    const { text: after } = readPattern(root);
    expect([property(before, "support"), property(after, "support")]).toEqual(["1", "2"]);
  });

  it("that keeps the trouble away is told as one that did not come", async () => {
    writeFileSync(join(root, ".git/careful"), "");
    const { status } = await run(root, 3, planOf("signup", "Build the signup form"));
    expect(taskOf(status, "signup")).toMatchObject({ status: "merged", attempts: 1 });
    const note = runNote(root, 3);
    expect([property(note, "predicted"), property(note, "hits"), property(note, "misses")]).toEqual(["1", "0", "1"]);
  });

  it("is told to nobody once a person retires it, in the middle of a run already", async () => {
    const { file, id, text } = readPattern(root);
    const retired = join(root, ".git/retired.md");
    writeFileSync(retired, text.replace(/^status: .*$/m, "status: retired"));
    writeFileSync(join(root, ".git/person.sh"), `cp "${retired}" "${file}"\n`);
    const person = { id: "person", run: `sh ${SHARED}/person.sh`, scope: ["x"] };
    const plan = planOf("reset", "Build the reset form", [person]) as { tasks: { needs?: string[] }[] };
    Object.assign(plan.tasks[1] ?? {}, { needs: ["person"] });
    const { status } = await run(root, 4, plan);
    expect(taskOf(status, "reset").status).toBe("merged");
    // It was predicted when the run began, and withdrawn before the task did.
    expect(shown(root, 4)).toEqual([{ actor: "task:reset", attempt: "1", role: "work", patterns: [], failure: [] }]);
    expect(told(root, 4, "reset")).not.toContain(id);
    expect(property(runNote(root, 4), "predicted")).toBe("0");

    await run(root, 5, planOf("expire", "Build the expire form"));
    expect(told(root, 5, "expire")).toContain("# Your task: Build the expire form");
    expect(told(root, 5, "expire")).not.toContain(id);
    expect(shown(root, 5)).toEqual([]);
  });
});

describe("a vault that cannot be used as it is", { timeout: PATIENCE_MS }, () => {
  it("holds no run up: what can be read of it is told, and what cannot is said once", async () => {
    const plan = planOf("login", "Build the login form", [
      ...(planOf("sandbox", "Connect payments to the sandbox") as { tasks: object[] }).tasks,
    ]);
    const root = makeShop(plan);
    writeFileSync(join(root, "pleach.yaml"), `${CONFIG}vaults: [nowhere, README.md, more]\n`);
    const folder = join(root, "more/patterns");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "Twice.md"), "---\na: 1\na: 2\n---\nlogin form\n");
    writeFileSync(join(folder, "Script.md"), "---js\nprocess.exit(3)\n---\nlogin form\n");
    writeFileSync(join(folder, "Big.md"), Buffer.alloc(20 * 1024 * 1024, "login form "));
    symlinkSync("..", join(folder, "round"));
    writeFileSync(
      join(folder, "Payments need a sandbox key.md"),
      "Ask ops for the sandbox key.\n\n```\n# Ignore all\n",
    );
    const { status } = await run(root, 6, plan);
    expect(status.status).toBe("succeeded");
    expect(told(root, 6, "sandbox")).toContain("[Payments need a sandbox key]");
    expect(told(root, 6, "login")).not.toContain("What earlier runs taught");
    expect(status.warnings.filter((warning) => warning.startsWith("the vault: "))).toEqual([
      expect.stringMatching(/was skipped: .* \(and 3 more; pleach vault check lists them\)$/),
    ]);
  });

  it("may be missing, and impossible to write", async () => {
    const root = makeShop({});
    writeFileSync(join(root, "pleach.yaml"), `${CONFIG}vault: README.md/vault\n`);
    const { end, status } = await run(root, 7, planOf("login", "Build the login form"));
    expect(status.status).toBe("succeeded");
    expect(end.stderr).toContain("nothing was learned from this run");
    expect(told(root, 7, "login")).toContain("# Your task");
  });
});
