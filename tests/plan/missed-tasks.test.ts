/** What looks like a task and is none is told, with its line: nothing that somebody wrote to be done is dropped unsaid. */

import { describe, expect, it } from "vitest";
import { places, read } from "./read-text.ts";

const GOOD = "# Plan\n\n## Good\n\n```yaml task\nrun: x\n```\n\n";
/** A second heading with a block of this mark; the block begins on line 11. */
const second = (mark: string, content = "run: y"): string => `${GOOD}## Second\n\n\`\`\`${mark}\n${content}\n\`\`\`\n`;

describe("a mark that is misspelt", () => {
  it.each([
    ...[
      "yaml taks",
      "yaml tasks",
      "yaml tsk",
      "yaml tak",
      "yaml taask",
      "yaml TAKS",
      "yml taks",
      "ymal task",
      "yam task",
    ],
    ...["yaml-task", "yaml_task", "yaml:task", "yamltask", "yaml, task", "yaml task 2", "yaml [task]", "{.yaml .task}"],
    ...["task", "Tasks", "taks", "task yaml", "json task", "toml task"],
  ])("%s", (mark) => {
    const { plan, warnings } = read(second(mark));
    expect(plan?.tasks.map(({ id }) => id)).toEqual(["good"]);
    expect(places(warnings)).toEqual(["plan.notATask@11"]);
    expect(warnings[0]?.hint).toContain('Did you mean "yaml task"?');
  });

  it.each(["yaml job", "yaml todo", "yaml", "yanl", "yaml title=second"])("%s over the keys of a task", (mark) => {
    const { warnings } = read(second(mark));
    expect(places(warnings)).toEqual(["plan.notATask@11"]);
    expect(warnings[0]?.message).toContain('"Second"');
  });

  it.each(["yaml Task", "YAML  task", "yml task", " yaml task "])("but not one that is right: %j", (mark) => {
    const { plan, warnings } = read(second(mark));
    expect(plan?.tasks.map(({ id }) => id)).toEqual(["good", "second"]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["yaml", "services: {}"],
    ["yaml file=tasks/main.yml", "- name: x"],
    ["sh", "run: x"],
    ["ts", "const task = 1;"],
    ["ask", "who: me"],
    ["", "run: x"],
  ])("nor one of something else: %s", (mark, content) => {
    expect(read(second(mark, content)).warnings).toEqual([]);
  });

  it("is all that a plan has: the plan is refused, and the reason stands beside", () => {
    const { errors, warnings } = read("# T\n\n```yaml taks\nrun: x\n```\n");
    expect(places(errors)).toEqual(["plan.empty@1"]);
    expect(places(warnings)).toEqual(["plan.notATask@3"]);
  });
});

describe("a block in a place where none counts", () => {
  const block = "```yaml task\nrun: y\n```";
  const indent = (by: string): string => block.replace(/^/gm, by);
  it.each([
    ["a list", `- Second:\n\n${indent("  ")}\n`, 11, "list"],
    ["a list, misspelt", `- Second:\n\n${indent("  ").replace("task", "taks")}\n`, 11, "list"],
    ["a quote", `${indent("> ")}\n`, 9, "quote"],
    ["a quote in a list", `- a\n\n${indent("  > ")}\n`, 11, "quote"],
    ["a comment", `<!--\n## Second\n\n${block}\n-->\n`, 12, "comment"],
    ["a comment that is never closed", `<!-- later\n\n${block}\n`, 11, "never closed"],
    ["HTML", `<details>\n${block}\n\n</details>\n`, 10, "HTML"],
    ["code, by its indentation", `## Second\n\n${indent("    ")}\n`, 11, "indented"],
    ["code, by a tab", `## Second\n\n${indent("\t")}\n`, 11, "indented"],
  ])("%s", (_, text, line, word) => {
    const { plan, warnings } = read(GOOD + text);
    expect(plan?.tasks.map(({ id }) => id)).toEqual(["good"]);
    expect(places(warnings).slice(0, 1)).toEqual([`plan.nestedTask@${line}`]);
    expect(warnings[0]?.message).toContain(word);
  });

  it("is told once of one block, and of each", () => {
    const { warnings } = read(`${GOOD}- a\n\n${indent("  ")}\n\n  b\n\n${indent("  ")}\n\n${indent("> ")}\n`);
    expect(places(warnings)).toEqual(["plan.nestedTask@11", "plan.nestedTask@17", "plan.nestedTask@21"]);
  });

  it.each(["``yaml task", "'''yaml task", "`yaml taks", "~~ yml task", '"""yaml task'])(
    "no fence at all: %s",
    (line) => {
      const { warnings } = read(`${GOOD}## Second\n\n${line}\nrun: y\n`);
      expect(places(warnings)).toEqual(["plan.notATask@11"]);
    },
  );
});

describe("a fence that is never closed", () => {
  const task = (heading: string): string => `## ${heading}\n\n\`\`\`yaml task\nrun: y\n\`\`\`\n`;
  it.each([
    ["a task over the next", `## Open\n\n\`\`\`yaml task\nrun: x\n\n${task("Next")}`, 11, 16],
    ["a task over code", "## Open\n\n```yaml task\nrun: x\n\n```sh\nls\n```\n", 11, 14],
    ["code over a task", `Run it:\n\n\`\`\`sh\nls\n\n${task("Next")}`, 11, 16],
    ["code over a misspelt task", `Run it:\n\n\`\`\`sh\nls\n\n${task("Next").replace("task", "taks")}`, 11, 16],
    ["code without a mark", `\`\`\`\nls\n\n${task("Next")}`, 9, 14],
    ["another kind of fence, to the end", `~~~sh\nls\n\n${task("Next")}`, 9, 14],
  ])("%s", (_, text, line, next) => {
    const { plan, errors } = read(GOOD + text);
    expect(plan).toBeNull();
    expect(places(errors)).toEqual([`plan.openBlock@${line}`]);
    expect(`${errors[0]?.message} ${errors[0]?.hint}`).toContain(`line ${next}`);
  });

  it("is none where an example of a plan is shown in a longer fence, or in one of another kind", () => {
    const { plan, errors, warnings } = read(`${GOOD}\`\`\`\`md\n${task("A")}\`\`\`\`\n\n~~~md\n${task("B")}~~~\n`);
    expect([errors, warnings]).toEqual([[], []]);
    expect(plan?.tasks).toHaveLength(1);
  });

  it("nor where a task's own text holds one", () => {
    const text =
      "```yaml task\nagent: scripted\nscript:\n  - write: a.md\n    content: |\n      ```sh\n      ls\n```\n";
    expect(read(`# Plan\n\n## T\n\n${text}`).plan?.tasks).toHaveLength(1);
  });
});

describe("the head of a plan", () => {
  it.each([
    ["a second one", `${GOOD}---\ngoal: other\nconcurrency: 1\n---\n`, 10],
    ["a second one with lists and notes", `${GOOD}---\n# of the other\n\npass:\n  - TOKEN\n---\n`, 12],
    ["after an empty line", `\n---\nconcurrency: 1\n---\n\n${GOOD}`, 3],
    ["after the title", `# T\n\n---\nbudget: {usd: 1}\n---\n\n${GOOD}`, 4],
    ["of another kind", `+++\nconcurrency: 1\n+++\n\n${GOOD}`, 2],
  ])("%s where none is read", (_, text, line) => {
    const { plan, warnings } = read(text);
    expect(plan?.tasks).toHaveLength(1);
    expect(places(warnings)).toEqual([`plan.strayHead@${line}`]);
  });

  it("is not seen in prose between rules, in a table or in code", () => {
    const prose = `---\n\nWe have one goal: speed.\n\n---\n\n\`\`\`md\n---\ngoal: x\n---\n\`\`\`\n`;
    expect(read(GOOD + prose).warnings).toEqual([]);
    expect(read(`---\ngoal: x\n---\n\n${GOOD}`).warnings).toEqual([]);
  });

  it("has a key that is misspelt", () => {
    const { errors } = read(`---\ngaol: x\nconcurency: 2\n---\n${GOOD}`);
    expect(places(errors)).toEqual(["plan.unknownKey@2", "plan.unknownKey@3"]);
    expect(errors.map(({ hint }) => hint).join("\n")).toMatch(/"goal".*"concurrency"/s);
  });
});

describe("a unit without a block, in a plan that has blocks", () => {
  it("is told", () => {
    const block = "```yaml task\nrun: x\n```\n";
    const { plan, warnings } = read(`# T\n\n### U1. One\n\n#### How\n\n${block}\n### U2. Two\n\n**Goal:** it\n`);
    expect(plan?.tasks).toHaveLength(1);
    expect(places(warnings)).toEqual(["plan.notATask@11"]);
    expect(warnings[0]?.message).toContain("U2. Two");
  });
});
