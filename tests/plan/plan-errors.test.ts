import { describe, expect, it } from "vitest";
import { places, read } from "./read-text.ts";

/** A Markdown plan whose task block is `block`; the block's first line is line 6. */
const task = (block: string): string => `# G\n\n## T\n\n\`\`\`yaml task\n${block}\n\`\`\`\n`;
const two = (first: string, second: string): string => `${task(first)}\n## U\n\n\`\`\`yaml task\n${second}\n\`\`\`\n`;
const front = (header: string): string => `---\n${header}\n---\n${task("run: x")}`;
const yaml = (text: string) => read(text, "yaml");

describe("every mistake is named with its code and line", () => {
  const cases: [string, string, string[], RegExp?][] = [
    ["an unknown key", task("run: x\nneds: [a]"), ["plan.unknownKey@7"], /Did you mean "needs"/],
    ["a key called __proto__", task("run: x\n__proto__: 1"), ["plan.unknownKey@7"]],
    ["a key of pleach.yaml in a plan", front("agents: {}"), ["plan.unknownKey@2"], /pleach\.yaml/],
    [
      "a missing need",
      two("id: api\nrun: x", "run: x\nneeds:\n  - apy"),
      ["plan.missingNeed@15"],
      /Did you mean "api"/,
    ],
    ["a missing soft need", task("run: x\nprefers: [zz]"), ["plan.missingNeed@7"]],
    ["a missing task to feed", task("run: x\nfeeds: [zz]"), ["plan.missingNeed@7"]],
    ["the same id twice", two("id: a\nrun: x", "id: a\nrun: x"), ["plan.duplicateId@13"]],
    ["ids that differ in case only", two("id: a\nrun: x", "id: A\nrun: x"), ["plan.duplicateId@13"]],
    ["a need of itself", task("id: a\nrun: x\nneeds: [a]"), ["plan.cycle@8"]],
    ["a circle of two", two("id: a\nneeds: [b]\nrun: x", "id: b\nneeds: [a]\nrun: x"), ["plan.cycle@7"]],
    ["a soft circle", two("id: a\nneeds: [b]\nrun: x", "id: b\nprefers: [a]\nrun: x"), ["plan.cycle@7"]],
    ["run and agent together", task("run: x\nagent: scripted"), ["plan.badValue@7"]],
    ["run and script together", task("run: x\nscript: [{say: x}]"), ["plan.badValue@7"]],
    ["neither run nor agent", task("retries: 1"), ["plan.noWork@3"]],
    ["an agent that nobody declared", task("agent: scriptd"), ["plan.unknownAgent@6"], /Did you mean "scripted"/],
    ["a known kind without an entry", task("agent: acp"), ["plan.unknownAgent@6"], /acp: \{command/],
    ["an agent of a stream", front("streams: {x: {agent: nope}}"), ["plan.unknownAgent@2"]],
    ["a scripted task without script", task("agent: scripted"), ["plan.badValue@6"]],
    ["a script for another agent", task("agent: command\nscript: [{say: x}]"), ["plan.badValue@7"]],
    [
      "an unknown gate",
      `---\ngates: {test: x}\n---\n${task("run: x\ngates: [tests]")}`,
      ["plan.unknownGate@10"],
      /"test"/,
    ],
    [
      "a leave that there is not",
      task("run: x\ngit: opened"),
      ["plan.badValue@7"],
      /Did you mean "open".*guarded, open/,
    ],
    ["an unknown resource", task("run: x\nuses: [db]"), ["plan.unknownResource@7"]],
    [
      "more than a resource has",
      `---\nresources: {db: 1}\n---\n${task("run: x\nuses: {db: 2}")}`,
      ["plan.overCapacity@10"],
    ],
    ["a join without needs", task("run: x\njoin: {min: 1}"), ["plan.badJoin@7"]],
    ["a join of too many", two("id: a\nrun: x", "run: x\nneeds: [a]\njoin: {min: 2}"), ["plan.badJoin@15"]],
    ["a join of others", two("id: a\nrun: x", "run: x\nneeds: [a]\njoin: {require: [b]}"), ["plan.badJoin@15"]],
    ["no task", "# Only words\n", ["plan.empty@1"]],
    ["nothing at all", " \n", ["plan.empty@1"]],
    ["broken YAML in a task", task("run: x\nneeds: [a"), ["plan.badYaml@7"]],
    ["broken YAML that breaks several times, once", task("run: echo: x: y"), ["plan.badYaml@6"], /quotes/],
    ["a key given twice", task("run: x\nrun: y"), ["plan.badYaml@7"]],
    ["an unknown tag", task("run: !!js/function x"), ["plan.badYaml@6"]],
    ["broken YAML in the frontmatter", front("goal: [a"), ["plan.badYaml@2"]],
    ["frontmatter that is never closed", "---\ngoal: x\n\n# T\n", ["plan.badYaml@1"]],
    ["a task block that is never closed", "# T\n\n```yaml task\nrun: x\n", ["plan.badYaml@3"]],
    ["a task block without a heading", "```yaml task\nrun: x\n```\n", ["plan.badValue@1"]],
    ["two blocks under a heading", `${task("run: x")}\n\`\`\`yaml task\nrun: y\n\`\`\`\n`, ["plan.badValue@9"]],
    ["a heading without letters", "# !!\n\n```yaml task\nrun: x\n```\n", ["plan.badId@1"]],
    ["a number for text", task("run: 5"), ["plan.badValue@6"], /quotes/],
    ["an empty value", task("run: x\nneeds:"), ["plan.badValue@7"]],
    ["a need given twice", two("id: a\nrun: x", "run: x\nneeds: [a, a]"), ["plan.badValue@14"]],
    ["an unbounded number of retries", task("run: x\nretries: 1e9"), ["plan.badValue@7"]],
    ["a fraction of a retry", task("run: x\nretries: 0.5"), ["plan.badValue@7"]],
    ["a duration without sense", task("run: x\ntimeout: soon"), ["plan.badValue@7"], /30s/],
    ["a negative duration", task("run: x\ntimeout: -5"), ["plan.badValue@7"]],
    ["a number that is none", front("budget: {usd: .nan}"), ["plan.badValue@2"]],
    ["an unknown word", front("isolation: worktrees"), ["plan.badValue@2"], /Did you mean "worktree"/],
    ["a base that is an option", front("base: --upload-pack=x"), ["plan.badValue@2"]],
    ["a gate without command", front("gates:\n  t: {required: true}"), ["plan.badValue@3"]],
    ["a threshold without report", front("gates:\n  t: {run: x, report: {lines: 5}}"), ["plan.badValue@3"]],
    ["a report of no kind", front("gates:\n  t: {run: x, reports: [{}]}"), ["plan.badValue@3"], /junit/],
    [
      "reports said twice",
      front("gates:\n  t: {run: x, report: {junit: a}, reports: [{junit: b}]}"),
      ["plan.badValue@3"],
    ],
    ["a resource called constructor", front("resources: {constructor: 1}"), ["plan.badValue@2"]],
    ["a script that is no list", task("agent: scripted\nscript: say hello"), ["plan.badValue@7"]],
    [
      "an unknown step",
      task("agent: scripted\nscript:\n  - say: a\n  - wrte: b"),
      ["plan.unknownKey@9"],
      /Did you mean "write"/,
    ],
    ["a step without its text", task("agent: scripted\nscript:\n  - write: b"), ["plan.badValue@8"]],
    ["a step with two verbs", task("agent: scripted\nscript:\n  - say: b\n    run: x"), ["plan.unknownKey@9"]],
    ["a step that writes elsewhere", task("agent: scripted\nscript:\n  - remove: ../x"), ["plan.badScope@8"]],
  ];
  it.each(cases)("%s", (_, text, expected, hint) => {
    const { plan, errors } = read(text);
    expect(plan).toBeNull();
    expect(places(errors)).toEqual(expected);
    for (const { message, hint: next } of errors) expect([message.length > 0, next.length > 0]).toEqual([true, true]);
    if (hint !== undefined) expect(errors[0]?.hint).toMatch(hint);
  });

  it.each([
    "-rf",
    "--force",
    "a b",
    "a/b",
    "../a",
    "a..b",
    "a.",
    "a.lock",
    "a.LOCK",
    ".git",
    "$(reboot)",
    "a;b",
    "`x`",
    "a\u0000b",
    "__proto__",
    "constructor",
    "é",
    "x".repeat(101),
    "a\nb",
    "C:",
  ])("the id %j", (id) => {
    const { plan, errors } = read(JSON.stringify({ tasks: [{ id, run: "x" }] }, null, 1), "json");
    expect(plan).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ line: 4, code: id.includes("\0") ? "plan.badValue" : "plan.badId" });
  });

  it("names the tasks of a cycle, and each cycle once", () => {
    const one = (id: string, need: string): string => `  - {id: ${id}, run: x, needs: [${need}]}\n`;
    const text = `tasks:\n${one("a", "b")}${one("b", "c")}${one("c", "a")}${one("d", "a")}${one("e", "f")}${one("f", "e")}`;
    const { errors } = yaml(text);
    expect(errors.map(({ message }) => message)).toEqual([
      "these tasks wait for each other: a -> b -> c -> a",
      "these tasks wait for each other: e -> f -> e",
    ]);
  });

  it("all mistakes of a plan at once, in the order of their lines", () => {
    const text =
      "concurency: 2\ntasks:\n  - {id: a, run: x, needs: [zz]}\n  - {id: b, retries: many}\n  - {id: a, run: x}\n";
    expect(places(yaml(text).errors)).toEqual([
      "plan.unknownKey@1",
      "plan.missingNeed@3",
      "plan.badValue@4",
      "plan.noWork@4",
      "plan.duplicateId@5",
    ]);
  });

  it("a great many mistakes, of which a bounded number is listed", () => {
    const { errors } = yaml(`tasks:\n${"  - {id: a, run: x, zz: 1}\n".repeat(3000)}`);
    expect(errors).toHaveLength(1001);
    expect(errors.at(-1)).toMatchObject({ code: "plan.moreErrors" });
  });

  it("a second document of YAML", () => {
    const { errors } = yaml("goal: x\ntasks:\n  - {id: a, run: x}\n---\ngoal: y\n");
    expect(places(errors)).toEqual(["plan.badYaml@4"]);
    expect(errors[0]?.hint).toContain("---");
  });

  it("JSON that is none, with its line", () => {
    expect(places(read('{\n "goal": "x",\n}', "json").errors)).toEqual(["plan.badJson@3"]);
    expect(places(read("goal: x", "json").errors)).toEqual(["plan.badJson@1"]);
    expect(places(read('{\n\t"gaol": "x",\n\t"tasks": []}', "json").errors)).toEqual(["plan.unknownKey@2"]);
    expect(places(read('{\r\n\t"tasks":\t[],\r\n\t"tasks":\t[]}', "json").errors)).toEqual(["plan.badYaml@3"]);
  });
});

describe("a hostile text costs neither time nor memory", () => {
  const letters = [..."abcdefgh"];
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ...letters.map((name, i) => `${name}b: &${name}b [${Array(9).fill(i === 0 ? "*a" : `*${letters[i - 1]}b`)}]`),
  ];
  it.each([
    ["aliases that multiply", bomb.join("\n"), "plan.badYaml"],
    ["an alias to itself", "a: &a [*a]", "plan.badYaml"],
    ["an alias to nothing", "goal: *a", "plan.badYaml"],
    ["deep brackets", "[".repeat(1_000_000), "plan.badYaml"],
    ["deep lists", "- ".repeat(100_000), "plan.badYaml"],
    ["millions of values", `a: [${"1,".repeat(2_000_000)}]`, "plan.tooLarge"],
    ["more than a plan may have", "a".repeat(20_000_000), "plan.tooLarge"],
    ["deep JSON", `${'{"goal":'.repeat(20_000)}1${"}".repeat(20_000)}`, "plan.badYaml"],
  ])("%s", (_, text, code) => {
    expect(yaml(text).errors[0]).toMatchObject({ code });
  });

  it("deep JSON in a file of JSON", () => {
    const text = `${'{"goal":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    expect(places(read(text, "json").errors)).toEqual(["plan.badYaml@1"]);
  });

  it.each([
    ["nested quotes", ">".repeat(1_000_000)],
    ["a paragraph without end", "word *a _b `c [d\n".repeat(300_000)],
    ["one long line", "a".repeat(10_000_000)],
    ["nested lists", "- ".repeat(1_000_000)],
  ])("Markdown with %s holds no task", (_, text) => {
    expect(read(text).errors[0]).toMatchObject({ code: "plan.empty" });
  });

  it("Markdown with a list too long to be read in time is refused", () => {
    expect(read(`# T\n${"1. a\n".repeat(20_000)}`).errors[0]).toMatchObject({ code: "plan.tooLarge" });
  });
});

describe("what is doubtful is a warning", () => {
  it("a stream that is not declared, with a suggestion", () => {
    const { plan, warnings } = read(task("run: x\nstream: bulders"));
    expect(plan?.streams).toEqual([{ name: "bulders", concurrency: 4, restart: "transient" }]);
    expect(places(warnings)).toEqual(["plan.unknownStream@7"]);
    expect(warnings[0]?.hint).toContain('Did you mean "builders"?');
  });

  it("an agent that is told nothing", () => {
    expect(places(read(task("agent: command")).warnings)).toEqual(["plan.noInstruction@3"]);
  });
});
